import { stat } from 'node:fs/promises';
import { resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { NightjarError } from '../domain/errors.ts';
import type { PhotoSource, SourceLimits } from '../ports.ts';
import { FilePhotoSource } from './file-photo-source.ts';

/**
 * The source a job names: `s3://bucket/prefix/`, `file:///folder/`, or the path of a folder, from
 * `cwd` where it is relative.
 *
 * @throws SOURCE_UNREACHABLE when a folder is not there; CONFIGURATION_INVALID for any other scheme
 */
export async function openPhotoSource(
  name: string,
  options: SourceLimits,
  cwd: string,
): Promise<PhotoSource> {
  if (name.startsWith('s3://')) {
    // The SDK takes longer to load than most of the rest, and jobs over folders have no use for it.
    const { S3PhotoSource } = await import('./s3-photo-source.ts');
    return S3PhotoSource.open(name, options);
  }
  if (/^[a-z][a-z0-9+.-]+:\/\//i.test(name) && !name.startsWith('file://')) {
    throw new NightjarError(
      'CONFIGURATION_INVALID',
      `Expected a source like s3://bucket/prefix/, file:///folder/ or ./folder but received "${name}".`,
    );
  }
  const isUrl = name.startsWith('file://');
  const folder = isUrl ? new URL(name) : pathToFileURL(resolve(cwd, name));
  const found = await stat(folder).catch(() => null);
  if (!found?.isDirectory()) {
    throw new NightjarError(
      'SOURCE_UNREACHABLE',
      `Expected a folder of photos at ${isUrl ? name : resolve(cwd, name)} but there is ` +
        `${found ? 'a file' : 'nothing'}. Check the path, and that the disk is mounted.`,
    );
  }
  return new FilePhotoSource(folder, options, found);
}
