// What needs the charting library, in one file that is loaded while the rest is already shown.
export { showMap } from './map.ts';
export { showSpeciesOverTime } from './species-time.ts';
export { CountryFinder, loadCountries } from './world.ts';
