import type { ShownPrediction } from '../privacy/show-prediction.ts';
import type { FailureRow, ReadableModel } from '../reads.ts';
import { CSV_HEADER, toCsvLines } from './csv.ts';
import { toFeature } from './geojson.ts';
import {
  beginMegadetector,
  END_OF_MEGADETECTOR,
  toCategories,
  toFailedImage,
  toImage,
} from './megadetector.ts';

/** Predictions as they come: a page is in memory at a time. */
export type Pages<T> = AsyncIterable<readonly T[]>;

/** A table with a header, also where it is empty. */
export async function* toCsv(pages: Pages<ShownPrediction>): AsyncGenerator<string> {
  yield CSV_HEADER;
  for await (const page of pages) yield toCsvLines(page);
}

/** One FeatureCollection of RFC 7946, a line a feature. */
export async function* toGeojson(pages: Pages<ShownPrediction>): AsyncGenerator<string> {
  yield '{"type":"FeatureCollection","features":[';
  yield* inList(pages, (prediction) => JSON.stringify(toFeature(prediction)));
  yield '\n]}\n';
}

/** One document of MegaDetector JSON 1.6, a line an image: those with an answer, then the rejected ones. */
export async function* toMegadetector(
  { name, version, labels }: Pick<ReadableModel, 'name' | 'version' | 'labels'>,
  pages: Pages<ShownPrediction>,
  failures: Pages<FailureRow>,
): AsyncGenerator<string> {
  const categories = toCategories(labels);
  yield beginMegadetector(`${name}@${version}`, categories);
  yield* inList(eitherOr(pages, failures), (image) =>
    'code' in image ? toFailedImage(image) : toImage(image, categories),
  );
  yield END_OF_MEGADETECTOR;
}

async function* eitherOr<A, B>(first: Pages<A>, then: Pages<B>): Pages<A | B> {
  yield* first;
  yield* then;
}

/** Items of a JSON list, a chunk a page, with commas between them. */
async function* inList<T>(pages: Pages<T>, toJson: (item: T) => string): AsyncGenerator<string> {
  let separator = '\n';
  for await (const page of pages) {
    if (page.length === 0) continue;
    yield separator + page.map(toJson).join(',\n');
    separator = ',\n';
  }
}
