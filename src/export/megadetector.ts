import { ancestorOf, type Label, type LabelKind, RANKS } from '../domain/taxonomy.ts';
import type { ShownPrediction } from '../privacy/show-prediction.ts';
import type { FailureRow } from '../reads.ts';

// MegaDetector JSON 1.6, https://lila.science/megadetector-output-format. nightjar looks at whole pictures and
// has no boxes, so:
// 1. An animal, a person or a vehicle is one detection whose box is the whole picture; `info.detector` says so.
// 2. `blank` and `other` are no detection: nothing of the three kinds was found.
// 3. `unknown` is a detection of the kind that the picture's first label is of, else of an animal, with the
//    classification `unknown`: whoever looks for what may have been missed must not find it among the blanks.
// 4. A rejected photo is a `failure`, with null for its detections.
// The format has no place for positions, and none are told.

const ANIMAL = '1';
const PERSON = '2';
const VEHICLE = '3';
const DETECTION_CATEGORIES = { [ANIMAL]: 'animal', [PERSON]: 'person', [VEHICLE]: 'vehicle' };
const WHOLE_PICTURE = '[0,0,1,1]';
/** Without the field, tools take the file for one of an old detector and choose their thresholds by it. */
const DETECTOR = 'none: each box is the whole picture';
/** Labels that a prediction may have besides the taxa of its model. */
const NO_TAXA = ['human', 'vehicle', 'unknown'];

/** What the ids of a file stand for. */
export interface MegadetectorCategories {
  readonly idOf: ReadonlyMap<string, string>;
  /** By id: labels, as predictions have them. */
  readonly names: Readonly<Record<string, string>>;
  /** By id: `class;order;family;genus;species;common name` in lower case, as SpeciesNet writes taxa. */
  readonly descriptions: Readonly<Record<string, string>>;
  /** What the labels of the model are. */
  readonly kindOf: ReadonlyMap<string, LabelKind>;
}

/** Ids for all that a model may answer: its animals in their order, what they roll up to, and the rest. */
export function toCategories(labels: readonly Label[]): MegadetectorCategories {
  const described = new Map<string, string>();
  const animals = labels.filter(({ kind }) => kind === 'animal');
  for (const label of animals) described.set(label.scientificName, describe(label, 0));
  for (const label of animals) {
    RANKS.forEach((rank, depth) => {
      const name = ancestorOf(label, rank);
      if (name !== null && !described.has(name)) described.set(name, describe(label, depth));
    });
  }
  for (const name of NO_TAXA) described.set(name, `;;;;;${name}`);
  const entries = [...described].map(([name, text], n) => [String(n + 1), name, text] as const);
  return {
    idOf: new Map(entries.map(([id, name]) => [name, id])),
    names: Object.fromEntries(entries.map(([id, name]) => [id, name])),
    descriptions: Object.fromEntries(entries.map(([id, , text]) => [id, text])),
    kindOf: new Map(labels.map(({ scientificName, kind }) => [scientificName, kind])),
  };
}

/** A taxon of a lineage, without the ranks below its own. @param depth 0: the label itself, 1: its genus … */
function describe(label: Label, depth: number): string {
  const { species, genus, family, order, class: className, commonName } = label;
  const ranks = [species, genus, family, order, className].map((name, n) =>
    n < depth ? '' : name,
  );
  return [...ranks.reverse(), depth === 0 ? commonName : '']
    .map((name) => (name ?? '').replaceAll(';', ',').toLowerCase())
    .join(';');
}

/** Everything before the first image: the document is open at its list of images. */
export function beginMegadetector(model: string, categories: MegadetectorCategories): string {
  const head = {
    info: { format_version: '1.6', detector: DETECTOR, classifier: model },
    detection_categories: DETECTION_CATEGORIES,
    classification_categories: categories.names,
    classification_category_descriptions: categories.descriptions,
  };
  return `${JSON.stringify(head, null, 1).replace(/\n\}$/, '')},\n "images": [`;
}

/** Everything after the last image. */
export const END_OF_MEGADETECTOR = '\n]}\n';

/** An image with its detections. */
export function toImage(
  { key, label, score, decision, visionLabel }: ShownPrediction,
  { idOf, kindOf }: MegadetectorCategories,
): string {
  const file = JSON.stringify(key);
  if (decision === 'blank' || decision === 'other') return `{"file":${file},"detections":[]}`;
  const id = idOf.get(label);
  if (id === undefined) throw new RangeError(`Expected a label of the model but received ${label}`);
  const kind = decision === 'unknown' ? kindOf.get(visionLabel) : decision;
  const category = kind === 'human' ? PERSON : kind === 'vehicle' ? VEHICLE : ANIMAL;
  const conf = toDecimal(score);
  return (
    `{"file":${file},"detections":[{"category":"${category}","conf":${conf},` +
    `"bbox":${WHOLE_PICTURE},"classifications":[["${id}",${conf}]]}]}`
  );
}

/** An image that was not processed. */
export function toFailedImage({ key, code, message }: FailureRow): string {
  return JSON.stringify({ file: key, failure: `${code}: ${message}`, detections: null });
}

/** Readers that tell whole numbers from decimals want a decimal for a confidence: 1.0, not 1. */
function toDecimal(score: number): string {
  return Number.isInteger(score) ? score.toFixed(1) : String(score);
}
