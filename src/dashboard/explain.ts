import type { Evidence } from './answers.ts';
import { formatScore } from './format.ts';

/** Why the answer is what it is, in a sentence or two. */
export function explain(evidence: Evidence): string {
  const { decision, label, commonName, rank, score, visionScore } = evidence;
  const final = `${commonName ?? label}`;
  const first = visionName(evidence);
  const seen = `${first} (${formatScore(visionScore)})`;
  const [kind] = decision.split(':');
  switch (kind) {
    case 'vision':
      return `The picture alone decided for ${final}; the region was not asked or had no word.`;
    case 'region_weighted':
    case 'region_masked':
      return `The picture’s first was ${seen}, and the region agrees: it lives there at that time of year. That makes ${final} at ${formatScore(score)}.`;
    case 'region_demoted':
      return `The picture’s first was ${seen}, which is not known to live there. ${sentence(final)} is, and the picture supports it: ${formatScore(score)}.`;
    case 'rolled_up':
      return `No single species held; the picture’s first was ${seen}. What lies below ${final} reaches ${formatScore(score)} together, so the answer stops at the ${rank}.`;
    case 'unknown':
      return `Nothing reached its threshold; the picture’s first was ${seen}.`;
    default:
      return `The picture’s first was ${seen}: no animal, so the region was not asked.`;
  }
}

/** The common name of the picture’s first, where its raw scores have one. */
export function visionName({ visionLabel, rawScores }: Evidence): string {
  return rawScores.find(({ label }) => label === visionLabel)?.commonName ?? visionLabel;
}

function sentence(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}
