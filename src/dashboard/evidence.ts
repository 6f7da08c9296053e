import type { Evidence } from './answers.ts';
import { groupOf } from './decisions.ts';
import { type Child, h } from './dom.ts';
import { explain } from './explain.ts';
import { formatInstant, formatScore, nameOf } from './format.ts';
import { createTable } from './table.ts';

/** Scores that are drawn at first; the rest is seldom more than noise. */
const DRAWN = 6;
const MONTHS =
  'all months,January,February,March,April,May,June,July,August,September,October,November,December'.split(
    ',',
  );

/** One model version's answer: what the picture said, whether that lives there, and the result. */
export function showEvidence(evidence: Evidence, at: number): HTMLElement {
  const { model, production, decision, score, regions, run, predictedAt } = evidence;
  const id = `evidence-${at}`;
  return h(
    'section',
    { class: 'panel evidence', 'aria-labelledby': id },
    h(
      'div',
      { class: 'panel-head' },
      h('h2', { id }, nameOf(evidence), ' ', h('span', { class: 'figure' }, formatScore(score))),
      h(
        'span',
        { class: 'tag', style: `--tag:var(--c${groupOf(decision).colour})` },
        decision.replaceAll('_', ' ').replace(':', ' to '),
      ),
    ),
    evidence.commonName &&
      evidence.rank !== 'none' &&
      h('p', { class: 'scientific' }, h('i', {}, evidence.label), ` · ${evidence.rank}`),
    h('p', { class: 'because' }, explain(evidence)),
    drawScores(evidence),
    h(
      'p',
      { class: 'hint' },
      `${model}${production ? ' (production)' : ''}, ${regions ? `regions ${regions}${tellMonth(evidence)}, fused by ${evidence.fusion}` : 'no regions asked'}; run ${run}, ${formatInstant(predictedAt)}`,
    ),
  );
}

function tellMonth({ regionMonth, regionCell }: Evidence): string {
  const month = regionMonth === null ? '' : `, ${MONTHS[regionMonth]}`;
  return regionCell ? `, cell ${regionCell}${month}` : month;
}

/** Three bars a label: the picture, the presence where it was kept, the result where it is the answer. */
function drawScores(evidence: Evidence): HTMLElement {
  const { rawScores } = evidence;
  const table = (scores: Evidence['rawScores'], caption: string) =>
    createTable({
      caption,
      columns: [
        { name: 'Label' },
        { name: 'Picture alone' },
        { name: 'Lives there' },
        { name: 'Result' },
      ],
      rows: scores.map((one) => [
        named(one),
        bar(one.score, 2),
        bar(presenceOf(evidence, one.label), 1),
        one.label === evidence.label ? bar(evidence.score, 3) : dash(),
      ]),
    });
  const inRaw = rawScores.some(({ label }) => label === evidence.label);
  const first = rawScores.filter(
    ({ label }, at) => at < DRAWN || label === evidence.label || label === evidence.visionLabel,
  );
  const rest = rawScores.filter((one) => !first.includes(one));
  const drawn = table(first, 'Scores of this answer');
  if (!inRaw) drawn.querySelector('tbody')?.append(rolledUpRow(evidence));
  return h(
    'div',
    { class: 'scores' },
    drawn,
    rest.length > 0 &&
      h(
        'details',
        {},
        h('summary', {}, `${rest.length} lower scores`),
        table(rest, 'Lower scores'),
      ),
  );
}

/** An answer above the labels has no score in the picture of its own. */
function rolledUpRow(evidence: Evidence): HTMLElement {
  return h(
    'tr',
    {},
    h('th', { scope: 'row' }, named(evidence)),
    h('td', {}, dash()),
    h('td', {}, bar(evidence.presence, 1)),
    h('td', {}, bar(evidence.score, 3)),
  );
}

function presenceOf(
  { label, presence, visionLabel, visionPresence }: Evidence,
  asked: string,
): number | null {
  if (asked === label && presence !== null) return presence;
  return asked === visionLabel ? visionPresence : null;
}

function named(one: { readonly label: string; readonly commonName: string | null }): Child {
  const same = !one.commonName || one.commonName === one.label;
  return h('span', { class: 'named' }, nameOf(one), !same && h('i', {}, one.label));
}

function bar(score: number | null, colour: number): HTMLElement {
  if (score === null) return dash();
  return h(
    'span',
    { class: 'measure' },
    h(
      'span',
      { class: 'track', 'aria-hidden': 'true' },
      h('span', { class: 'fill', style: `width:${100 * score}%;background:var(--c${colour})` }),
    ),
    h('span', { class: 'figure' }, score > 0 && score < 0.005 ? '<0.01' : formatScore(score)),
  );
}

function dash(): HTMLElement {
  return h('span', { class: 'none' }, '–');
}
