import { describe, expect, it } from 'vitest';
import { NightjarError } from '../../src/domain/errors.ts';
import { findColumns } from '../../src/regions/occurrence-columns.ts';
import { parseOccurrence } from '../../src/regions/parse-occurrence.ts';

function parse(row: Record<string, string>) {
  return parseOccurrence(Object.values(row), findColumns(Object.keys(row)));
}

const JAGUAR = { decimalLatitude: '-24.58', decimalLongitude: '-48.58', species: 'Panthera onca' };

describe('findColumns', () => {
  it.each([
    [['decimalLatitude', 'decimalLongitude', 'scientificName']],
    [['LATITUDE', 'LONGITUDE', 'SCIENTIFIC NAME']],
    [['latitude', 'longitude', 'scientific_name']],
    [['lat', 'lng', 'taxon']],
    [[' Lat ', 'Lon', 'Species']],
  ])('finds position and name in %j', (header) => {
    const { latitude, longitude, species, scientificName } = findColumns(header);
    expect([latitude, longitude, species ?? scientificName]).toEqual([0, 1, 2]);
  });

  it.each([[['lat', 'species']], [['lat', 'lon', 'name']], [['lat;lon;species']], [[]]])(
    'refuses %j and names what it expected and found',
    (header) => {
      expect(() => findColumns(header)).toThrow(NightjarError);
      expect(() => findColumns(header)).toThrow(
        new RegExp(`decimalLatitude.*${header.join(', ') || 'an empty header'}`),
      );
    },
  );
});

describe('parseOccurrence', () => {
  it('reads a row', () => {
    expect(parse({ ...JAGUAR, eventDate: '2019-05-03' })).toEqual({
      latitude: -24.58,
      longitude: -48.58,
      taxon: 'Panthera onca',
      month: 5,
      present: true,
    });
  });

  it.each([
    ['Panthera onca (Linnaeus, 1758)', 'Panthera onca'],
    ['panthera ONCA', 'Panthera'],
    ['Vulpes vulpes fulva', 'Vulpes vulpes'],
    ['Mazama sp.', 'Mazama'],
    ['Mazama Rafinesque, 1817', 'Mazama'],
    ['Anas × rubripes', 'Anas rubripes'],
    ['Ara  ararauna', 'Ara ararauna'],
  ])('tidies the name %s to %s', (name, taxon) => {
    expect(parse({ lat: '1', lon: '1', scientificName: name })).toMatchObject({ taxon });
  });

  it.each([
    [{ species: 'Panthera onca', scientificName: 'Felis onca L.' }, 'Panthera onca'],
    [{ species: '', scientificName: 'Felis onca L.' }, 'Felis onca'],
    [{ species: 'NA', scientificName: 'Felis onca L.' }, 'Felis onca'],
    [{ species: 'onca', scientificName: 'Panthera onca' }, 'Panthera onca'],
  ])('chooses the better of %j', (names, taxon) => {
    expect(parse({ lat: '1', lon: '1', ...names })).toMatchObject({ taxon });
  });

  it.each([
    [{ occurrenceStatus: 'ABSENT' }, false],
    [{ occurrenceStatus: 'PRESENT' }, true],
    [{ occurrenceStatus: '' }, true],
    [{ presence: '0.00' }, false],
    [{ presence: '1' }, true],
    [{ presence: 'false' }, false],
  ])('%j means present: %s', (status, present) => {
    expect(parse({ ...JAGUAR, ...status })).toMatchObject({ present });
  });

  it.each([
    [{}, 0],
    [{ eventDate: '' }, 0],
    [{ eventDate: '', month: '5' }, 5],
    [{ eventDate: '2019', month: '5' }, 5],
    [{ eventDate: '2019-06-01', month: '5' }, 6],
    [{ month: 'NA' }, 0],
  ])('%j is month %i', (dates, month) => {
    expect(parse({ ...JAGUAR, ...dates })).toMatchObject({ month });
  });

  it.each([
    [{ decimalLatitude: '' }, 'position_missing', ', -48.58'],
    [{ decimalLatitude: 'NA' }, 'position_missing', ', -48.58'],
    [{ decimalLatitude: 'NaN' }, 'position_invalid', 'NaN, -48.58'],
    [{ decimalLatitude: '-24,58' }, 'position_invalid', '-24,58, -48.58'],
    [{ decimalLatitude: '0x10' }, 'position_invalid', '0x10, -48.58'],
    [{ decimalLatitude: '90.1' }, 'position_out_of_range', '90.1, -48.58'],
    [{ decimalLongitude: '-180.5' }, 'position_out_of_range', '-24.58, -180.5'],
    [{ decimalLatitude: '0', decimalLongitude: '0.0' }, 'null_island', '0, 0.0'],
    [{ species: ' ' }, 'taxon_missing', ''],
    [{ species: 'BOLD:AAA1234' }, 'taxon_unreadable', 'BOLD:AAA1234'],
    [{ species: 'Pan\u0000thera onca' }, 'taxon_unreadable', 'Pan\u0000thera onca'],
    [{ eventDate: '2019-02-30' }, 'date_impossible', '2019-02-30'],
    [{ eventDate: '3/5/2019' }, 'date_unreadable', '3/5/2019'],
    [{ month: '13' }, 'date_impossible', '13'],
    [{ presence: '?' }, 'presence_unreadable', '?'],
  ])('refuses %j: %s', (change, bad, value) => {
    expect(parse({ ...JAGUAR, ...change })).toEqual({ bad, value });
  });

  it.each([
    ['90', '180'],
    ['-90', '-180'],
    ['0', '10'],
    ['10', '0'],
  ])('takes the position %s, %s', (lat, lon) => {
    expect(parse({ lat, lon, species: 'Panthera onca' })).not.toHaveProperty('bad');
  });

  it('refuses a row with a field too many', () => {
    const columns = findColumns(['lat', 'lon', 'species']);
    expect(parseOccurrence(['1', '1', 'Panthera onca', ''], columns)).toEqual({
      bad: 'wrong_field_count',
      value: '4 of 3',
    });
  });
});
