/** A place where animals were recorded, in the drawn world of the demo. */
export type SurveySite = {
  name: string;
  latitude: number;
  longitude: number;
  /** How many records to draw; at least 150. */
  records: number;
  /** Which animals live there: a key of `COMMUNITIES`. */
  community: keyof typeof COMMUNITIES;
};

/** One animal of a community: its share of the records, and the months it is about (all unless told). */
export type Member = {
  scientificName: string;
  weight: number;
  months?: readonly [first: number, last: number];
};

const hibernating: readonly [number, number] = [3, 10];

/**
 * Who lives together, after the species' real ranges, coarsely. Beside the model's own species stand
 * common animals of the region: they are the effort that makes an absence mean something.
 */
export const COMMUNITIES = {
  africanSavanna: members(
    'Panthera pardus 6|Loxodonta africana 12|Giraffa camelopardalis 10|Equus quagga 15|Struthio camelus 6|' +
      'Aepyceros melampus 20|Syncerus caffer 9|Phacochoerus africanus 8|Connochaetes taurinus 8|Crocuta crocuta 4|Numida meleagris 4',
  ),
  africanForest: members(
    'Panthera pardus 9|Loxodonta africana 3|Tragelaphus scriptus 24|Cephalophus natalensis 16|Potamochoerus larvatus 18|Cercopithecus mitis 30',
  ),
  asianDryForest: members(
    'Panthera pardus 10|Axis axis 36|Sus scrofa 18|Pavo cristatus 16|Lepus nigricollis 12|Urva smithii 8',
  ),
  neotropicalWetland: members(
    'Panthera onca 9|Hydrochoerus hydrochaeris 30|Tapirus terrestris 12|Caiman yacare 20|Myrmecophaga tridactyla 9|Leopardus pardalis 8|Pecari tajacu 12',
  ),
  neotropicalForest: members(
    'Panthera onca 7|Tapirus terrestris 14|Cuniculus paca 22|Dasyprocta punctata 26|Pecari tajacu 20|Leopardus pardalis 11',
  ),
  northAmericanMountains: members(
    'Cervus canadensis 18|Vulpes vulpes 8|Odocoileus hemionus 24|Bison bison 14|Canis latrans 14|Ursus americanus 8|Tamiasciurus hudsonicus 14',
    'Taxidea taxus 6',
  ),
  northAmericanPrairie: members(
    'Vulpes vulpes 9|Odocoileus virginianus 26|Antilocapra americana 22|Canis latrans 18|Cynomys ludovicianus 12|Cervus canadensis 3',
    'Taxidea taxus 10',
  ),
  europeanForest: members(
    'Cervus elaphus 14|Meles meles 11|Vulpes vulpes 14|Capreolus capreolus 26|Sus scrofa 16|Sciurus vulgaris 10',
    'Erinaceus europaeus 9',
  ),
  europeanMoor: members(
    'Cervus elaphus 22|Meles meles 8|Vulpes vulpes 10|Lepus timidus 18|Capreolus capreolus 22|Lagopus lagopus 14',
    'Erinaceus europaeus 6',
  ),
  australianDesert: members(
    'Osphranter rufus 24|Dromaius novaehollandiae 16|Vulpes vulpes 4|Canis familiaris 12|Oryctolagus cuniculus 18|Varanus gouldii 14|Camelus dromedarius 12',
  ),
  australianWoodland: members(
    'Dromaius novaehollandiae 10|Vulpes vulpes 9|Macropus giganteus 32|Wallabia bicolor 20|Tachyglossus aculeatus 14|Osphranter rufus 15',
  ),
} as const satisfies Record<string, readonly Member[]>;

/** The survey places; the first eight are where the demo's surveyed cameras hang. */
export const SURVEY_SITES: readonly SurveySite[] = [
  site('kruger', -24.0, 31.49, 420, 'africanSavanna'),
  site('serengeti', -2.33, 34.83, 420, 'africanSavanna'),
  site('yala', 6.37, 81.52, 320, 'asianDryForest'),
  site('pantanal', -16.75, -56.87, 400, 'neotropicalWetland'),
  site('yellowstone', 44.6, -110.5, 420, 'northAmericanMountains'),
  site('black-forest', 48.3, 8.15, 420, 'europeanForest'),
  site('cairngorms', 57.08, -3.67, 340, 'europeanMoor'),
  site('uluru', -25.34, 131.04, 400, 'australianDesert'),
  site('etosha', -18.86, 16.33, 260, 'africanSavanna'),
  site('okavango', -19.28, 22.9, 240, 'africanSavanna'),
  site('maasai-mara', -1.49, 35.14, 260, 'africanSavanna'),
  site('udzungwa', -7.8, 36.7, 180, 'africanForest'),
  site('ranthambore', 26.02, 76.5, 200, 'asianDryForest'),
  site('manu', -12.0, -71.5, 220, 'neotropicalForest'),
  site('corcovado', 8.54, -83.57, 200, 'neotropicalForest'),
  site('emas', -18.1, -52.9, 200, 'neotropicalWetland'),
  site('banff', 51.5, -115.93, 240, 'northAmericanMountains'),
  site('rocky-mountain', 40.34, -105.68, 260, 'northAmericanMountains'),
  site('grasslands', 49.15, -107.5, 240, 'northAmericanPrairie'),
  site('tallgrass', 38.43, -96.56, 200, 'northAmericanPrairie'),
  site('bavarian-forest', 48.95, 13.4, 260, 'europeanForest'),
  site('veluwe', 52.1, 5.8, 260, 'europeanForest'),
  site('cantabria', 43.1, -4.7, 200, 'europeanForest'),
  site('flinders-ranges', -31.5, 138.6, 220, 'australianDesert'),
  site('grampians', -37.2, 142.4, 220, 'australianWoodland'),
  site('sturt', -29.05, 141.5, 200, 'australianDesert'),
];

function members(allYear: string, sleepers = ''): Member[] {
  const parse = (text: string, months?: readonly [number, number]): Member[] =>
    text
      .split('|')
      .filter(Boolean)
      .map((entry) => {
        const [, scientificName, weight] = /^(.+) (\d+)$/.exec(entry) as unknown as string[];
        return {
          scientificName: scientificName!,
          weight: Number(weight),
          ...(months && { months }),
        };
      });
  return [...parse(allYear), ...parse(sleepers, hibernating)];
}

function site(
  name: string,
  latitude: number,
  longitude: number,
  records: number,
  community: SurveySite['community'],
): SurveySite {
  return { name, latitude, longitude, records, community };
}
