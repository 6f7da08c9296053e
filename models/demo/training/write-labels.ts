import { writeFile } from 'node:fs/promises';
import { LABELS } from './species.ts';

// Writes ../1/labels.csv, the one list of labels that training and the batch share.

const HEADER = 'index,scientific_name,common_name,class,order,family,genus,species,kind';

const rows = LABELS.map((label, index) =>
  [
    index,
    label.scientificName,
    label.commonName,
    label.class,
    label.order,
    label.family,
    label.genus,
    label.species,
    label.kind,
  ].join(','),
);
await writeFile(new URL('../1/labels.csv', import.meta.url), `${[HEADER, ...rows].join('\n')}\n`);
