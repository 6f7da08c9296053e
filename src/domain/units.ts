const BYTE_UNITS: Record<string, number> = {
  B: 1,
  kB: 1e3,
  MB: 1e6,
  GB: 1e9,
  KiB: 2 ** 10,
  MiB: 2 ** 20,
  GiB: 2 ** 30,
};

const DURATION_UNITS: Record<string, number> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
};

/** Bytes from `64MiB`, `10 MB` or a plain number of bytes; null when it is none of these. */
export function parseBytes(text: string): number | null {
  return parseQuantity(text, BYTE_UNITS, 'B');
}

/** Milliseconds from `24h`, `90 s`, `250ms` or a plain number of milliseconds; null otherwise. */
export function parseDuration(text: string): number | null {
  return parseQuantity(text, DURATION_UNITS, 'ms');
}

/** A share 0–1 from `5%` or `0.05`; null when it is neither or outside 0–1. */
export function parseShare(text: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*(%?)\s*$/.exec(text);
  if (!match) return null;
  const share = Number(match[1]) / (match[2] ? 100 : 1);
  return share <= 1 ? share : null;
}

function parseQuantity(text: string, units: Record<string, number>, bare: string): number | null {
  const match = /^\s*(\d+(?:\.\d+)?)\s*([A-Za-z]*)\s*$/.exec(text);
  if (!match) return null;
  const factor = units[match[2] || bare];
  return factor === undefined ? null : Math.round(Number(match[1]) * factor);
}

/** `1.2 GiB`, `345 KiB`: for people. */
export function formatBytes(bytes: number): string {
  const units = ['B', 'KiB', 'MiB', 'GiB', 'TiB'];
  const power = bytes < 1 ? 0 : Math.min(units.length - 1, Math.floor(Math.log2(bytes) / 10));
  const value = bytes / 2 ** (10 * power);
  return `${power === 0 || value >= 100 ? Math.round(value) : value.toFixed(1)} ${units[power]}`;
}
