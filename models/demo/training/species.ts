/** One row of the model's `labels.csv`. */
export type Label = {
  scientificName: string;
  commonName: string;
  class: string;
  order: string;
  family: string;
  genus: string;
  /** The epithet: `pardus` of `Panthera pardus`. */
  species: string;
  kind: 'animal' | 'blank';
};

const ROWS = `
Panthera pardus|leopard|Mammalia|Carnivora|Felidae
Panthera onca|jaguar|Mammalia|Carnivora|Felidae
Meles meles|European badger|Mammalia|Carnivora|Mustelidae
Taxidea taxus|American badger|Mammalia|Carnivora|Mustelidae
Cervus elaphus|red deer|Mammalia|Artiodactyla|Cervidae
Cervus canadensis|elk|Mammalia|Artiodactyla|Cervidae
Struthio camelus|common ostrich|Aves|Struthioniformes|Struthionidae
Dromaius novaehollandiae|emu|Aves|Casuariiformes|Casuariidae
Loxodonta africana|African savanna elephant|Mammalia|Proboscidea|Elephantidae
Giraffa camelopardalis|giraffe|Mammalia|Artiodactyla|Giraffidae
Equus quagga|plains zebra|Mammalia|Perissodactyla|Equidae
Osphranter rufus|red kangaroo|Mammalia|Diprotodontia|Macropodidae
Vulpes vulpes|red fox|Mammalia|Carnivora|Canidae
Erinaceus europaeus|European hedgehog|Mammalia|Eulipotyphla|Erinaceidae`;

/** The demo model's labels, in the order of its outputs; `blank` comes last. */
export const LABELS: readonly Label[] = [
  ...ROWS.trim().split('\n').map(parseRow),
  {
    scientificName: 'blank',
    commonName: 'blank',
    class: '',
    order: '',
    family: '',
    genus: '',
    species: '',
    kind: 'blank',
  },
];

function parseRow(row: string): Label {
  const [scientificName, commonName, class_, order, family] = row.split('|') as [
    string,
    string,
    string,
    string,
    string,
  ];
  const [genus, species] = scientificName.split(' ') as [string, string];
  return {
    scientificName,
    commonName,
    class: class_,
    order,
    family,
    genus,
    species,
    kind: 'animal',
  };
}
