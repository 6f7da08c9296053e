import { resolve } from 'node:path';
import { findModelPackage, readModelPackage } from '../adapters/model-package.ts';
import { openOnnxClassifier } from '../adapters/onnx-classifier.ts';
import { openPgBossQueue } from '../adapters/pg-boss-queue.ts';
import { openPhotoSource } from '../adapters/photo-source.ts';
import { resolveModel } from '../adapters/postgres-model-registry.ts';
import { PostgresPredictionStore } from '../adapters/postgres-prediction-store.ts';
import { postgresRegionSnapshots } from '../adapters/postgres-region-snapshots.ts';
import { openRegionStore } from '../adapters/postgres-region-store.ts';
import { postgresRunEvidence } from '../adapters/postgres-run-evidence.ts';
import { PostgresRunLedger } from '../adapters/postgres-run-ledger.ts';
import { SessionLocks } from '../adapters/session-locks.ts';
import { NightjarError } from '../domain/errors.ts';
import { resolveSnapshot } from '../regions/snapshots.ts';
import type { OpenModel, RunAdapters } from '../run/context.ts';
import type { App } from './open-app.ts';
import type { Shell } from './shell.ts';

/** The adapters of a run: PostgreSQL, ONNX, S3 or folder. The caller closes the queue. */
export async function openRunAdapters(app: App, shell: Shell): Promise<RunAdapters> {
  const { config, database, log } = app;
  const locks = new SessionLocks(database);
  const { heartbeatSeconds } = config;
  const queue = await openPgBossQueue(database, { log, heartbeatSeconds, locks });
  return {
    ledger: new PostgresRunLedger(database, locks),
    queue,
    evidence: postgresRunEvidence(database),
    openSource: (name) => openPhotoSource(name, config, shell.cwd),
    openModel: (ref) => openModel(ref, app, shell),
    openRegions: async (ref, labels) => {
      const snapshot = await resolveSnapshot(postgresRegionSnapshots(database), ref);
      if (!snapshot) return null;
      const { minObservations } = config;
      return {
        snapshot,
        store: await openRegionStore(database, { snapshot, labels, minObservations }),
      };
    },
    openPredictionStore: (keys) =>
      new PostgresPredictionStore(database, queue, { ...keys, maxAttempts: config.maxAttempts }),
  };
}

/**
 * Opens a registered model from its package, after checking that it still is what was registered.
 *
 * @throws MODEL_UNKNOWN, MODEL_INVALID
 */
export async function openModel(
  ref: string,
  { config, database }: App,
  shell: Shell,
): Promise<OpenModel> {
  const version = await resolveModel(database, ref);
  const modelsDir = resolve(shell.cwd, config.modelsDir);
  const directory = await findModelPackage(modelsDir, version.name, version.version);
  const model = await readModelPackage(directory);
  if (model.manifest.sha256 !== version.sha256) {
    throw new NightjarError(
      'MODEL_INVALID',
      `Expected ${version.name}@${version.version} with sha256 ${version.sha256}, as registered, but ${directory} holds ${model.manifest.sha256}. Restore the file.`,
    );
  }
  const classifier = await openOnnxClassifier(model, { workers: config.inferenceWorkers });
  return { version, thresholds: model.manifest.decision, classifier };
}
