import { cp, mkdir, rename, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import type { Command } from 'commander';
import {
  findModelPackage,
  type ModelPackage,
  readModelPackage,
} from '../adapters/model-package.ts';
import { openOnnxClassifier } from '../adapters/onnx-classifier.ts';
import { listModels, promoteModel, registerModel } from '../adapters/postgres-model-registry.ts';
import { NightjarError } from '../domain/errors.ts';
import { type ExpectedPath, expectPath } from './expect-path.ts';
import { type App, withApp } from './open-app.ts';
import type { Shell } from './shell.ts';
import { formatTable } from './table.ts';

const PACKAGE: ExpectedPath = {
  kind: 'folder',
  what: 'the folder of a model package',
  remedy: {
    missing: 'Check the path; a package holds manifest.json, the ONNX file and labels.csv.',
    other: 'Name the folder that holds manifest.json, the ONNX file and labels.csv.',
  },
};

/** `nightjar models add|list|promote`. */
export function addModelsCommand(program: Command, shell: Shell): void {
  const models = program.command('models').description('model packages and their aliases');
  models
    .command('add <dir>')
    .description('check a model package, copy it to the models folder and register it')
    .option('--promote [alias]', 'and point an alias at it; default production')
    .action(async (dir: string, flags: { promote?: string | true }) => {
      const directory = resolve(shell.cwd, dir);
      await expectPath(directory, PACKAGE);
      await withApp(shell, {}, async (app) => {
        const { manifest, labels, isNew } = await addModel(directory, app, shell);
        const ref = `${manifest.name}@${manifest.version}`;
        const alias = flags.promote === true ? undefined : flags.promote;
        if (flags.promote) await promoteModel(app.database, ref, alias);
        const promoted = flags.promote
          ? `, ${manifest.name}@${alias ?? 'production'} from now on`
          : '';
        shell.print(
          `Model ${ref}: ${labels.length} labels, checked and ${isNew ? 'registered' : 'registered before'}${promoted}.`,
        );
        if (!flags.promote) shell.print(`Next: nightjar models promote ${ref}`);
      });
    });
  models
    .command('list')
    .description('what is registered, and which aliases point where')
    .option('--json', 'as JSON')
    .action((flags: { json?: boolean }) =>
      withApp(shell, { reserveOutput: true, existing: true }, async ({ database }) => {
        const registered = await listModels(database);
        shell.print(flags.json ? JSON.stringify(registered) : formatModels(registered));
      }),
    );
  models
    .command('promote <ref>')
    .description('point an alias at a version: NAME@VERSION')
    .option('--as <alias>', 'which alias', 'production')
    .action((ref: string, flags: { as: string }) =>
      withApp(shell, { existing: true }, async ({ database }) => {
        const { name, version } = await promoteModel(database, ref, flags.as);
        shell.print(`${name}@${flags.as} is ${name}@${version} from the next run on.`);
      }),
    );
}

/**
 * Checks a package against its own ONNX file, copies it below the models folder, and registers it.
 *
 * @throws MODEL_INVALID; then nothing was copied and nothing registered
 */
export async function addModel(
  directory: string,
  app: App,
  shell: Shell,
): Promise<ModelPackage & { readonly isNew: boolean }> {
  const model = await readModelPackage(directory);
  const classifier = await openOnnxClassifier(model);
  await classifier.close();
  const isNew = await registerModel(app.database, model);
  await copyPackage(model, resolve(shell.cwd, app.config.modelsDir));
  return { ...model, isNew };
}

/** Copies beside the final place and moves it there; a package that is found already stays as it is. */
async function copyPackage(model: ModelPackage, modelsDir: string): Promise<void> {
  const { name, version } = model.manifest;
  const present = await findModelPackage(modelsDir, name, version).catch((error: unknown) => {
    if (error instanceof NightjarError && error.code === 'MODEL_UNKNOWN') return null;
    throw error;
  });
  if (present) return;
  const target = join(modelsDir, name, version);
  const partial = `${target}.partial-${process.pid}`;
  await mkdir(dirname(target), { recursive: true });
  try {
    await cp(model.directory, partial, { recursive: true, dereference: true });
    await rename(partial, target);
  } finally {
    await rm(partial, { recursive: true, force: true });
  }
}

function formatModels(models: Awaited<ReturnType<typeof listModels>>): string {
  if (models.length === 0) return 'No models yet. Add one with: nightjar models add DIR';
  return formatTable(
    [
      { heading: 'model' },
      { heading: 'version' },
      { heading: 'aliases' },
      { heading: 'labels', numeric: true },
      { heading: 'sha256' },
      { heading: 'added' },
    ],
    models.map((model) => [
      model.name,
      model.version,
      model.aliases.join(', ') || null,
      model.labels,
      model.sha256.slice(0, 12),
      model.addedAt,
    ]),
  );
}
