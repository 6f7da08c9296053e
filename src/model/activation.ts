/**
 * Turns one row of a model's output into scores 0–1, in place.
 *
 * - `softmax`: exp(x − max) / Σ exp(x − max)
 * - `sigmoid`: 1 / (1 + exp(−x))
 * - `none`: the model has done it already
 */
export function activate(row: Float32Array, activation: 'softmax' | 'sigmoid' | 'none'): void {
  if (activation === 'sigmoid') {
    for (let n = 0; n < row.length; n++) row[n] = 1 / (1 + Math.exp(-(row[n] as number)));
  }
  if (activation !== 'softmax') return;
  let max = Number.NEGATIVE_INFINITY;
  for (const value of row) if (value > max) max = value;
  let sum = 0;
  for (let n = 0; n < row.length; n++) {
    const value = Math.exp((row[n] as number) - max);
    row[n] = value;
    sum += value;
  }
  for (let n = 0; n < row.length; n++) row[n] = (row[n] as number) / sum;
}

/** Rounding in half precision may leave a score this far outside 0–1 without anything being wrong. */
const ROUNDING = 2e-3;

/** Whether every score is a number 0–1; those a rounding outside are moved inside. */
export function settleScores(row: Float32Array): boolean {
  for (let n = 0; n < row.length; n++) {
    const score = row[n] as number;
    if (!(score >= -ROUNDING && score <= 1 + ROUNDING)) return false;
    row[n] = Math.min(1, Math.max(0, score));
  }
  return true;
}
