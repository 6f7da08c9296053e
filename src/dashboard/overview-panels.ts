import { Panel } from './panel.ts';

/** The parts of the overview; their heights are those they mostly have. */
export function createPanels(mapSwitch: HTMLElement) {
  return {
    freshness: new Panel({ id: 'freshness', title: 'Freshness', height: 178 }),
    runs: new Panel({ id: 'runs', title: 'Last runs', height: 178 }),
    map: new Panel({ id: 'map', title: 'Where', aside: mapSwitch, height: 372 }),
    time: new Panel({ id: 'time', title: 'Species over time', height: 372 }),
    decisions: new Panel({
      id: 'decisions',
      title: 'Decisions by region',
      hint: 'Countries are those of a coarse map, by the middle of each area.',
      height: 360,
    }),
    rollUps: new Panel({ id: 'roll-ups', title: 'Rolled up to', height: 156 }),
    rejects: new Panel({
      id: 'rejects',
      title: 'Rejects by code',
      hint: 'All of them, whatever the filters.',
      height: 96,
    }),
    unsure: new Panel({
      id: 'unsure',
      title: 'Low confidence',
      hint: 'Unknown or rolled up: worth a look by somebody who knows.',
      height: 260,
    }),
    conflicts: new Panel({
      id: 'conflicts',
      title: 'Region conflicts',
      hint: 'The picture’s first does not live there.',
      height: 260,
    }),
    latest: new Panel({ id: 'latest', title: 'Latest photos', height: 260 }),
  };
}
