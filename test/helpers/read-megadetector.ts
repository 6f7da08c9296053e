import * as z from 'zod';

// Reads MegaDetector JSON 1.6 as the format's description has it, and shares nothing with what writes it:
// whatever the description does not name is refused.

const share = z.number().min(0).max(1);
const name = z.string().min(1);
const detectionId = z.string().regex(/^[1-9]\d*$/);
const classificationId = z.string().regex(/^\d+$/);

const detection = z.strictObject({
  category: detectionId,
  conf: share,
  bbox: z
    .tuple([share, share, share, share])
    .refine(
      ([x, y, width, height]) => x + width <= 1 && y + height <= 1,
      'a box beyond the picture',
    ),
  classifications: z
    .array(z.tuple([classificationId, share]))
    .refine(
      (all) => all.every(([, conf], n) => n === 0 || conf <= (all[n - 1]?.[1] ?? 0)),
      'not descending',
    )
    .optional(),
});

const image = z.union([
  z.strictObject({
    file: name,
    detections: z.array(detection),
    failure: z.null().optional(),
  }),
  z.strictObject({ file: name, detections: z.null(), failure: name }),
]);

const document = z
  .strictObject({
    info: z.strictObject({
      format_version: z.literal('1.6'),
      detector: name.optional(),
      classifier: name.optional(),
      detection_completion_time: name.optional(),
      classification_completion_time: name.optional(),
    }),
    detection_categories: z.record(detectionId, name),
    classification_categories: z.record(classificationId, name).optional(),
    classification_category_descriptions: z.record(classificationId, name).optional(),
    images: z.array(image),
  })
  .superRefine((read, context) => {
    const classes = Object.keys(read.classification_categories ?? {});
    const described = Object.keys(read.classification_category_descriptions ?? {});
    if (read.classification_category_descriptions && String(classes) !== String(described)) {
      context.addIssue('descriptions of other classes than there are');
    }
    for (const { file, detections } of read.images) {
      for (const { category, classifications } of detections ?? []) {
        if (!(category in read.detection_categories)) {
          context.addIssue(`${file} has the unknown category ${category}`);
        }
        for (const [id] of classifications ?? []) {
          if (!classes.includes(id)) context.addIssue(`${file} has the unknown class ${id}`);
        }
      }
    }
    const files = read.images.map(({ file }) => file);
    if (new Set(files).size < files.length) context.addIssue('a file more than once');
  });

/** A document of MegaDetector JSON. */
export type MegadetectorDocument = z.infer<typeof document>;

/** Reads a document. Confidences must be written as decimals, as readers in Python ask for floats. @throws what is wrong */
export function readMegadetector(text: string): MegadetectorDocument {
  const whole = /"conf":\s*\d+\s*[,}]/.exec(text);
  if (whole) throw new Error(`a confidence that is a whole number: ${whole[0]}`);
  return document.parse(JSON.parse(text));
}
