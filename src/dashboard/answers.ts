import type * as z from 'zod';
import type * as schemas from '../api/schemas.ts';
import type { Problem } from '../health/find-problems.ts';
import type { Health } from '../health/health.ts';

/** A value as it comes through JSON. */
type Json<T> = T extends Date ? string : T extends object ? { [K in keyof T]: Json<T[K]> } : T;

/** The API's answers, by its own schemas. */
export type Status = Json<Health> & { readonly problems: readonly Json<Problem>[] };
export type Runs = z.infer<typeof schemas.runPageSchema>;
export type Run = z.infer<typeof schemas.runSchema>;
export type Species = z.infer<typeof schemas.speciesSchema>;
export type SeenSpecies = Species['items'][number];
export type Counts = z.infer<typeof schemas.countsSchema>;
export type Count = Counts['items'][number];
export type Predictions = z.infer<typeof schemas.predictionPageSchema>;
export type Prediction = z.infer<typeof schemas.predictionSchema>;
export type Photo = z.infer<typeof schemas.photoSchema>;
export type Evidence = Photo['predictions'][number];
export type Rejects = z.infer<typeof schemas.rejectPageSchema>;
export interface Session {
  readonly scopes: readonly string[];
  readonly keyNeeded: boolean;
}
