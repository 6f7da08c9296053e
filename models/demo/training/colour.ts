/** Mixes two `#rrggbb` colours: 0 gives the first, 1 the second. */
export function mix(first: string, second: string, amount: number): string {
  const t = Math.min(1, Math.max(0, amount));
  const [a, b] = [channels(first), channels(second)];
  return toHex(a.map((value, i) => value + (b[i]! - value) * t));
}

/** Darkens (negative) or lightens (positive) a `#rrggbb` colour, -1 black to 1 white. */
export function shade(colour: string, amount: number): string {
  return mix(colour, amount < 0 ? '#000000' : '#ffffff', Math.abs(amount));
}

function channels(hex: string): number[] {
  return [1, 3, 5].map((at) => Number.parseInt(hex.slice(at, at + 2), 16));
}

function toHex(values: number[]): string {
  return `#${values.map((v) => Math.round(v).toString(16).padStart(2, '0')).join('')}`;
}
