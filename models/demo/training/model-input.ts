/** The picture the demo model takes, as its manifest states it. */
export const MODEL_INPUT = { width: 96, height: 96, fit: 'fill', kernel: 'lanczos3' } as const;
