const UNITS: readonly [Intl.RelativeTimeFormatUnit, number][] = [
  ['day', 86_400],
  ['hour', 3600],
  ['minute', 60],
];
const DAYS_TOLD = 60;
const relative = new Intl.RelativeTimeFormat('en', { numeric: 'auto' });
const whole = new Intl.NumberFormat('en');
const MONTHS = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** `1,234`; a dash for null. */
export function formatCount(count: number | null | undefined): string {
  return count === null || count === undefined ? '–' : whole.format(count);
}

/** `1 photo`, `1,234 photos`. */
export function countOf(count: number, noun: string): string {
  return `${whole.format(count)} ${noun}${count === 1 ? '' : 's'}`;
}

/** 0–1 with two digits; never 1.00 for what is less than that by half a percent. */
export function formatScore(score: number | null): string {
  return score === null ? '–' : score.toFixed(2);
}

/** `42%`, `<1%` and `>99%` where rounding would say none or all. */
export function formatShare(part: number, total: number): string {
  if (total === 0) return '–';
  const percent = (100 * part) / total;
  if (percent > 0 && percent < 1) return '<1%';
  if (percent < 100 && percent > 99) return '>99%';
  return `${Math.round(percent)}%`;
}

/** `3 hours ago`; after two months the day. */
export function formatAge(time: string, now = Date.now()): string {
  const seconds = (Date.parse(time) - now) / 1000;
  const [unit, size] = UNITS.find(([, size]) => Math.abs(seconds) >= size) ?? ['second', 1];
  if (unit === 'second') return 'just now';
  if (unit === 'day' && Math.abs(seconds) > DAYS_TOLD * size) return formatDay(time.slice(0, 10));
  return relative.format(Math.trunc(seconds / size), unit);
}

/** `21 Nov 2026` of `2026-11-21…`. */
export function formatDay(day: string): string {
  const [year, month, date] = day.slice(0, 10).split('-');
  return `${Number(date)} ${MONTHS[Number(month) - 1]} ${year}`;
}

/** `21 Nov 2026, 02:00 UTC` of an instant. */
export function formatInstant(time: string): string {
  const text = new Date(time).toISOString();
  return `${formatDay(text)}, ${text.slice(11, 16)} UTC`;
}

/** A photo's time by the camera's clock, else in UTC. */
export function formatTaken(photo: {
  readonly capturedLocal: string | null;
  readonly capturedAt: string | null;
}): string {
  const { capturedLocal, capturedAt } = photo;
  if (capturedLocal) return `${formatDay(capturedLocal)}, ${capturedLocal.slice(11, 16)}`;
  return capturedAt ? formatInstant(capturedAt) : 'time unknown';
}

/** `0.6 s`, `12 min`, `3 h 5 min`. */
export function formatSeconds(seconds: number | null): string {
  if (seconds === null) return '–';
  if (seconds < 90) return `${seconds < 10 ? seconds.toFixed(1) : Math.round(seconds)} s`;
  const minutes = Math.round(seconds / 60);
  return minutes < 90 ? `${minutes} min` : `${Math.floor(minutes / 60)} h ${minutes % 60} min`;
}

/** `2.4 MB`. */
export function formatBytes(bytes: number): string {
  if (bytes < 1000) return `${bytes} B`;
  return bytes < 1e6 ? `${Math.round(bytes / 1000)} kB` : `${(bytes / 1e6).toFixed(1)} MB`;
}

/** What people call it: the common name with a capital, else the scientific one. */
export function nameOf(one: { readonly label?: string; readonly commonName?: string | null }) {
  const name = one.commonName || one.label || '–';
  return name.charAt(0).toUpperCase() + name.slice(1);
}
