import { CronExpressionParser } from 'cron-parser';
import { zoneOffsetAt } from '../extract/zone-offset.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 24 * 60 * MINUTE_MS;
const HOURS_OF_A_DAY = 24;

/** When something happens: five cron fields, in an IANA time zone. */
export interface Cadence {
  readonly schedule: string;
  readonly timezone: string;
}

/**
 * The first tick after an instant. This function alone says when a job ticks; two libraries that were
 * asked gave two answers on the days when clocks are set, and neither the expected one. The rule:
 *
 * 1. An expression of every hour (`0 * * * *`) ticks whenever the clock shows one of its minutes: each
 *    hour that really passes, the one that comes twice included.
 * 2. Any other expression names times of the day, and each of them ticks once a day: a time that comes
 *    twice the first time it comes, a time that is skipped at the moment the clock jumps over it.
 */
export function nextTick(cadence: Cadence, after: Date): Date {
  const tick = ticksEveryHour(cadence.schedule)
    ? nextShown(cadence, after.getTime())
    : nextNamed(cadence, after.getTime());
  return new Date(tick);
}

/** The last tick that is after `since` and not after `until`; null when there is none. */
export function lastTick(cadence: Cadence, since: Date, until: Date): Date | null {
  // The expression is only ever read forwards, from further and further back until there is a tick.
  for (let back = MINUTE_MS; ; back *= 2) {
    const from = Math.max(since.getTime(), until.getTime() - back);
    let last: Date | null = null;
    let tick = nextTick(cadence, new Date(from));
    while (tick <= until) {
      last = tick;
      tick = nextTick(cadence, tick);
    }
    if (last || from === since.getTime() || from > until.getTime()) return last;
  }
}

function ticksEveryHour(schedule: string): boolean {
  return CronExpressionParser.parse(schedule).fields.hour.values.length === HOURS_OF_A_DAY;
}

/** Rule 1. */
function nextShown({ schedule, timezone }: Cadence, after: number): number {
  const offset = offsetAt(timezone, after);
  const tick = nextTime(schedule, after + offset) - offset;
  if (offsetAt(timezone, tick) === offset) return tick;
  // The clock is set before: what it shows from then on.
  const change = findChange(timezone, after, tick);
  const offsetThen = offsetAt(timezone, change);
  return nextTime(schedule, change + offsetThen - 1) - offsetThen;
}

/** Rule 2. */
function nextNamed({ schedule, timezone }: Cadence, after: number): number {
  let local = after + offsetAt(timezone, after);
  for (;;) {
    local = nextTime(schedule, local);
    const tick = firstShowing(timezone, local);
    if (tick > after) return tick; // else it is the second time that the clock shows it
  }
}

/** When the clock of a zone first shows a local time, or jumps over it. */
function firstShowing(timezone: string, local: number): number {
  // A day on either side lies beyond any offset.
  const before = offsetAt(timezone, local - DAY_MS);
  const after = offsetAt(timezone, local + DAY_MS);
  for (const offset of [before, after]) {
    if (offsetAt(timezone, local - offset) === offset) return local - offset;
  }
  return findChange(timezone, local - after, local - before);
}

/** The minute, after `from` and not after `to`, at which the offset ceases to be that of `from`. */
function findChange(timezone: string, from: number, to: number): number {
  const offset = offsetAt(timezone, from);
  let [same, changed] = [Math.floor(from / MINUTE_MS), Math.ceil(to / MINUTE_MS)];
  while (changed - same > 1) {
    const middle = Math.floor((same + changed) / 2);
    if (offsetAt(timezone, middle * MINUTE_MS) === offset) same = middle;
    else changed = middle;
  }
  return changed * MINUTE_MS;
}

/** The next local time of an expression, in milliseconds as if it were UTC: there, no clock is ever set. */
function nextTime(schedule: string, local: number): number {
  const options = { tz: 'UTC', currentDate: new Date(local) };
  return CronExpressionParser.parse(schedule, options).next().getTime();
}

/** Milliseconds that the zone's clock is ahead of UTC. */
function offsetAt(timezone: string, instant: number): number {
  return zoneOffsetAt(timezone, new Date(instant)) * MINUTE_MS;
}
