import type { Manifest, TensorMetadata } from './manifest.ts';

/** The model's fixed batch size, or null where it takes any. */
export function fixedBatchOf(manifest: Manifest, inputs: readonly TensorMetadata[]): number | null {
  const batch = inputs.find(({ name }) => name === manifest.input.name)?.shape[0];
  return typeof batch === 'number' && batch > 0 ? batch : null;
}
