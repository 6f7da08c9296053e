-- Scratch of one import, gone with its session. Cells are H3 indexes as bigint, which is their
-- hexadecimal text read as a number; taxon 0 stands for a recorded absence.
--
--   staged            cell, month, taxon as they come from the file, the same key many times
--      │ levels       cell → its ancestor, and itself, at each of the snapshot's resolutions
--      ▼
--   counts            observations by cell of any level, month, taxon
--      │ neighbours   cell → itself (1) and the cells around it (neighbourWeight)
--      ▼
--   smoothed          the same, lent to the neighbours
--      │ parents      cell → its parent, null for the coarsest, and its depth, 0 for the finest
--      ▼
--   cells             every cell that now has anything, with its observations
--      │
--      ▼
--   rates             share of the records by cell and taxon, shrunk towards the parent's
--      │ months       month → itself (1) and the months around it (adjacentMonthWeight)
--      ▼
--   nightjar.region_presence, nightjar.region_effort
create temp table region_import_staged (
  cell bigint not null, month smallint not null, taxon text not null, observations integer not null);
create temp table region_import_taxa (
  id integer generated always as identity, taxon text not null);
create temp table region_import_levels (
  cell bigint not null, ancestor bigint not null);
create temp table region_import_counts (
  cell bigint not null, month smallint not null, taxon integer not null,
  observations double precision not null);
create temp table region_import_neighbours (
  cell bigint not null, target bigint not null, weight double precision not null);
create temp table region_import_smoothed (
  cell bigint not null, month smallint not null, taxon integer not null,
  observations double precision not null);
create temp table region_import_parents (
  cell bigint not null, depth smallint not null, parent bigint);
create temp table region_import_cells (
  cell bigint not null, depth smallint not null, parent bigint,
  observations double precision not null);
create temp table region_import_rates (
  cell bigint not null, taxon integer not null, rate double precision not null);
create temp table region_import_months (
  month smallint not null, target smallint not null, weight double precision not null);
