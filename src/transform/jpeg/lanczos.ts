/** Lobes on each side. */
const LOBES = 3;
/** Weights are whole numbers that add up to this. */
export const WEIGHT_SUM = 2 ** 14;
const SAMPLES_PER_LOBE = 1024;

const KERNEL = Float64Array.from({ length: LOBES * SAMPLES_PER_LOBE + 1 }, (_, n) => {
  const x = (Math.PI * n) / SAMPLES_PER_LOBE;
  return n === 0 ? 1 : (LOBES * Math.sin(x) * Math.sin(x / LOBES)) / x ** 2;
});

/** What is resized along one axis: `count` outputs, `step` samples each, from `start` on; of `size` samples. */
export interface Resizing {
  readonly count: number;
  readonly start: number;
  readonly step: number;
  readonly size: number;
}

/** The most weights that an output has. */
export const countTaps = (step: number) => Math.floor(2 * LOBES * Math.max(step, 1)) + 1;

/** The first sample of each output, and its weights. */
export interface Weights {
  readonly starts: Int32Array;
  /** `taps` for each output, zeros behind those that count. */
  readonly weights: Int16Array;
}

/** Cameras make pictures of few sizes. */
const MAX_KNOWN = 32;
const known = new Map<string, Weights>();

/** Weights that were worked out before, or now. */
export function weightsOf(axis: Resizing & { readonly taps: number }): Weights {
  const { count, start, step, size, taps } = axis;
  const key = `${count} ${start} ${step} ${size} ${taps}`;
  const before = known.get(key);
  if (before) return before;
  if (known.size === MAX_KNOWN) known.clear();
  const weights = makeWeights(axis);
  known.set(key, weights);
  return weights;
}

/**
 * Weights of a Lanczos kernel (Duchon 1979) of three lobes, as wide as the shrinking asks for. What
 * would lie outside falls to the first or last sample, as if that went on.
 */
function makeWeights({
  count,
  start,
  step,
  size,
  taps,
}: Resizing & { readonly taps: number }): Weights {
  const starts = new Int32Array(count);
  const weights = new Int16Array(count * taps);
  const scale = SAMPLES_PER_LOBE / Math.max(step, 1);
  const reach = LOBES * Math.max(step, 1);
  const exact = new Float64Array(taps);
  for (let n = 0; n < count; n++) {
    const centre = start + (n + 0.5) * step - 0.5;
    const first = Math.ceil(centre - reach);
    const last = Math.floor(centre + reach);
    const origin = Math.min(Math.max(first, 0), size - 1);
    let sum = 0;
    exact.fill(0);
    for (let at = first; at <= last; at++) {
      const weight = KERNEL[Math.round(Math.abs(at - centre) * scale)] as number;
      const tap = Math.min(Math.max(at, 0), size - 1) - origin;
      exact[tap] = (exact[tap] as number) + weight;
      sum += weight;
    }
    starts[n] = origin;
    roundWeights(exact, WEIGHT_SUM / sum, weights.subarray(n * taps, (n + 1) * taps));
  }
  return { starts, weights };
}

/** What rounding leaves over goes to the largest, where it changes least. */
function roundWeights(exact: Float64Array, factor: number, weights: Int16Array): void {
  let rest = WEIGHT_SUM;
  let largest = 0;
  for (let tap = 0; tap < exact.length; tap++) {
    const weight = Math.round((exact[tap] as number) * factor);
    weights[tap] = weight;
    rest -= weight;
    if (weight > (weights[largest] as number)) largest = tap;
  }
  weights[largest] = (weights[largest] as number) + rest;
}
