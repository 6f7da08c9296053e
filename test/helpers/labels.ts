import type { Label } from '../../src/domain/taxonomy.ts';

/** A label for tests: `Panthera onca` in Felidae, Carnivora, Mammalia unless said otherwise. */
export function label(index: number, scientificName: string, ranks: Partial<Label> = {}): Label {
  const [genus = null, species = null] = scientificName.split(' ');
  return {
    index,
    scientificName,
    commonName: null,
    class: 'Mammalia',
    order: 'Carnivora',
    family: 'Felidae',
    genus,
    species,
    kind: 'animal',
    ...ranks,
  };
}

const NO_TAXON = { class: null, order: null, family: null, genus: null, species: null };

/** jaguar 0, leopard 1, wildcat 2, red fox 3, ostrich 4, blank 5, human 6. */
export const LABELS: readonly Label[] = [
  label(0, 'Panthera onca'),
  label(1, 'Panthera pardus'),
  label(2, 'Felis silvestris'),
  label(3, 'Vulpes vulpes', { family: 'Canidae' }),
  label(4, 'Struthio camelus', {
    class: 'Aves',
    order: 'Struthioniformes',
    family: 'Struthionidae',
  }),
  label(5, 'blank', { ...NO_TAXON, kind: 'blank' }),
  label(6, 'human', { ...NO_TAXON, kind: 'human' }),
];
