import { openDatabase } from '../../src/adapters/postgres-database.ts';
import { openRegionImport } from '../../src/adapters/postgres-region-import.ts';
import { PRESENCE_PARAMETERS } from '../../src/regions/presence.ts';
import { silentLog } from '../helpers/silent-log.ts';

// A program that is killed in the middle of an import: it stages something, says so, and waits.
const [url = '', cell = ''] = process.argv.slice(2);
const database = await openDatabase({ url, log: silentLog });
const plan = { name: 'killed', resolution: 4, fileName: 'f', parameters: PRESENCE_PARAMETERS };
const open = await openRegionImport(database, plan, silentLog);
await open.stage([{ cell, month: 0, taxon: 'Panthera onca', observations: 900 }]);
console.log('staged');
setInterval(() => {}, 1000);
