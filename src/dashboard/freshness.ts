import type { Status } from './answers.ts';
import { h } from './dom.ts';
import { countOf, formatAge, formatCount, formatInstant } from './format.ts';

type Mood = 'good' | 'waiting' | 'bad';
const MARKS: Record<Mood, string> = { good: '✓', waiting: '…', bad: '!' };

/** Whether what is shown can be relied on, in words, and the figures behind it. */
export function showFreshness(status: Status): HTMLElement {
  const { sources, problems } = status;
  const sum = (of: (source: Status['sources'][number]) => number | null) =>
    sources.reduce((total, source) => total + (of(source) ?? 0), 0);
  const pending = sum((source) => source.pending);
  const mood: Mood = problems.length > 0 ? 'bad' : pending > 0 ? 'waiting' : 'good';
  return h(
    'div',
    { class: 'freshness' },
    h(
      'p',
      { class: `mood ${mood}` },
      h('span', { class: 'mark', 'aria-hidden': 'true' }, MARKS[mood]),
      h('strong', {}, tellMood(status, pending)),
    ),
    problems.length > 0 &&
      h(
        'ul',
        { class: 'problems' },
        problems.map(({ text }) => h('li', {}, text)),
      ),
    h(
      'ul',
      { class: 'facts-line' },
      tellFacts(status).map((fact) => h('li', {}, fact)),
    ),
    h(
      'dl',
      { class: 'tiles' },
      tile('Photos', formatCount(sum((source) => source.photos))),
      tile('Predicted', formatCount(sum((source) => source.predicted))),
      tile('Pending', formatCount(pending)),
      tile(
        'Rejected',
        formatCount(status.rejects.reduce((total, { photos }) => total + photos, 0)),
      ),
    ),
  );
}

function tile(name: string, value: string): HTMLElement {
  return h('div', {}, h('dt', {}, name), h('dd', {}, value));
}

function tellMood({ sources, problems, jobs }: Status, pending: number): string {
  if (jobs.length === 0) return 'No run yet';
  const [since] = sources.flatMap(({ pendingSince }) => pendingSince ?? []).sort();
  const waiting = since ? `${countOf(pending, 'photo')} pending since ${formatInstant(since)}` : '';
  if (problems.length > 0) {
    const attention = problems.length === 1 ? '1 problem' : `${problems.length} problems`;
    return waiting ? `${attention}; ${waiting}` : `${attention}, nothing pending`;
  }
  return waiting || 'Up to date: nothing pending';
}

/** Work under way, the last good run, the last new prediction. */
function tellFacts({ queue, jobs, sources }: Status): Node[] {
  const facts = queue.map(({ run, job, done, planned, status }) =>
    document.createTextNode(
      `Run ${run} of ${job} is ${status}: ${formatCount(done)} of ${countOf(planned, 'photo')} done`,
    ),
  ) as Node[];
  const good = jobs
    .flatMap(({ job, lastGoodWindow, lastGoodRun }) => {
      const last = lastGoodWindow ?? lastGoodRun;
      return last ? [{ job, run: last.run, time: last.finishedAt ?? last.logicalTime }] : [];
    })
    .sort((a, b) => b.time.localeCompare(a.time))[0];
  if (good)
    facts.push(h('span', {}, `Last good run: ${good.run} of ${good.job}, `, age(good.time)));
  const [predicted] = sources
    .flatMap(({ lastPredictedAt }) => lastPredictedAt ?? [])
    .sort()
    .reverse();
  if (predicted) facts.push(h('span', {}, 'Last new prediction: ', age(predicted)));
  return facts;
}

/** `3 hours ago`, and when that was. */
export function age(time: string): HTMLElement {
  return h('time', { datetime: time, title: formatInstant(time) }, formatAge(time));
}
