import type {
  PlaceRecord,
  RegionSnapshotRecord,
  TaxonPresence,
} from '../domain/region-snapshot.ts';
import { type Queryable, sql } from './postgres-database.ts';

/** The snapshots of one database and the species lists in them. */
export interface RegionSnapshots {
  /** All of them, those of unfinished imports too, by name and version. */
  list(): Promise<RegionSnapshotRecord[]>;
  /** Points an alias at a complete snapshot, wherever it pointed before. @returns false: no such one */
  promote(alias: string, snapshotId: number): Promise<boolean>;
  /** The first of the cells with at least `minObservations`, with everything it holds; else null. */
  findPlace(query: {
    readonly snapshotId: number;
    /** The finest first. */
    readonly cells: readonly string[];
    /** 1–12, or 0; a month that was never observed there is answered by the whole year. */
    readonly month: number;
    readonly minObservations: number;
  }): Promise<PlaceRecord | null>;
}

interface SnapshotRow {
  id: number;
  name: string;
  version: number;
  resolution: number;
  has_months: boolean;
  file_name: string;
  /** bigint arrives as text. */
  records: string;
  bad_records: string;
  taxa: number;
  cells: number;
  created_at: Date;
  completed_at: Date | null;
  aliases: string[];
}

/** Snapshots in PostgreSQL. */
export function postgresRegionSnapshots(database: Queryable): RegionSnapshots {
  return {
    async list() {
      const { rows } = await database.query<SnapshotRow>(sql('list-region-snapshots'));
      return rows.map(toRecord);
    },
    async promote(alias, snapshotId) {
      const { rowCount } = await database.query(sql('promote-region-snapshot'), [
        alias,
        snapshotId,
      ]);
      return rowCount === 1;
    },
    async findPlace({ snapshotId, cells, month, minObservations }) {
      const { rows } = await database.query<Omit<PlaceRecord, 'taxa'>>(sql('find-surveyed-cell'), [
        snapshotId,
        cells,
        minObservations,
        month,
      ]);
      const [place] = rows;
      if (!place) return null;
      const taxa = await database.query<TaxonPresence & { taxon: string }>(sql('list-place-taxa'), [
        snapshotId,
        place.cell,
        place.month,
      ]);
      return { ...place, taxa: taxa.rows };
    },
  };
}

function toRecord(row: SnapshotRow): RegionSnapshotRecord {
  return {
    id: row.id,
    name: row.name,
    version: row.version,
    resolution: row.resolution,
    hasMonths: row.has_months,
    fileName: row.file_name,
    records: Number(row.records),
    badRecords: Number(row.bad_records),
    taxa: row.taxa,
    cells: row.cells,
    createdAt: row.created_at,
    completedAt: row.completed_at,
    aliases: row.aliases,
  };
}
