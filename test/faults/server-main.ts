/**
 * The server, put together as server/service.ts does it, with its blob store and its index wrapped: told so, it kills
 * itself right after the n-th of some step. Its jobs run all the time. When it starts, it compares its recovered index
 * with one made anew, and says so.
 */
import { isDeepStrictEqual } from 'node:util';
import { createApp } from '../../server/app.ts';
import { loadOpaqueSetup } from '../../server/auth/opaque-setup.ts';
import { OpaqueServer } from '../../server/auth/opaque-server.ts';
import { loadConfig } from '../../server/config.ts';
import { openDataFolder } from '../../server/data-folder.ts';
import { createLog } from '../../server/log.ts';
import { SegmentStore } from '../../server/store/disk/segment-store.ts';
import type { BlobStore, Catalog, IndexEntry, Position } from '../../server/store/ports.ts';
import { recover } from '../../server/store/recovery.ts';
import { takeDataLock } from '../../server/store/sqlite/data-lock.ts';
import { SqliteCatalog } from '../../server/store/sqlite/sqlite-catalog.ts';
import { RecordStore } from '../../server/store/store.ts';
import { systemClock, systemRandom } from '../../server/system.ts';
import { dumpIndex, dumpOfRebuild } from '../server/index-dump.ts';
import { HASTE } from './haste.ts';
import type { Arming, ServerStep } from './steps.ts';

const { FAULTS_SABOTAGE: SABOTAGE } = process.env;

let armed: Arming | undefined;
let passed = 0;
process.on('message', (message: Arming) => {
  armed = message;
  passed = 0;
});

/** The process ends here if this is where it is to end. */
function pass(step: ServerStep): void {
  if (armed?.step !== step || ++passed < armed.count) return;
  process.kill(process.pid, 'SIGKILL');
}

function watchedBlobs(blobs: SegmentStore): BlobStore {
  return bound(blobs, {
    append: (head, body) => {
      const place = blobs.append(head, body);
      if (head.type === 'piece') pass('chunk write');
      return place;
    },
    sync: async () => {
      await blobs.sync();
      pass('group commit');
    },
    removeSegment: (segment) => {
      blobs.removeSegment(segment);
      pass('compaction unlink');
    },
  });
}

function watchedCatalog(catalog: SqliteCatalog): Catalog {
  return bound<Catalog>(catalog, {
    index: async (entries, checkpoint) => {
      if (SABOTAGE === 'index later') await indexLater(catalog, entries, checkpoint);
      else await catalog.index(entries, checkpoint);
      for (const step of entries.flatMap(stepsOf)) pass(step);
      pass('index commit');
    },
  });
}

/** A fault that the test must notice: acknowledged, and skipped by recovery, before it is indexed. */
async function indexLater(catalog: Catalog, entries: readonly IndexEntry[], to: Position): Promise<void> {
  await catalog.index([], to);
  setTimeout(() => void catalog.index(entries, to), 50);
}

function stepsOf(entry: IndexEntry): ServerStep[] {
  if (entry.type === 'snapshot') return ['snapshot accept'];
  if (entry.type === 'chunk') return entry.storedAtMs === 0 ? ['compaction copy'] : [];
  if (entry.type !== 'mark') return [];
  return [entry.mark.endsWith('-erased') ? 'garbage mark' : 'mark'];
}

/** `target` with methods of its own in place of some. */
function bound<T extends object>(target: T, own: Partial<T>): T {
  return new Proxy(target, {
    get: (_, name) => {
      if (name in own) return Reflect.get(own, name) as unknown;
      const value = Reflect.get(target, name, target) as unknown;
      return typeof value === 'function' ? (value.bind(target) as unknown) : value;
    },
  });
}

const config = { ...loadConfig(), ...HASTE };
const log = createLog(config.logLevel);
const folder = openDataFolder(config.dataDir);
const lock = takeDataLock(folder.lock);
const parts = { clock: systemClock, random: systemRandom };
const blobs = SegmentStore.open({ ...config, folder: folder.segments, random: systemRandom });
const catalog = SqliteCatalog.open(folder.index);
await recover(blobs, catalog, { cutTornEnd: true, clock: systemClock });
const { dump } = await dumpOfRebuild(folder.segments);
const isSame = isDeepStrictEqual(dumpIndex(folder.index), dump);
process.stdout.write(
  isSame ? 'The index is as one made anew.\n' : 'The index is another than one made anew.\n',
);
const store = new RecordStore({ blobs: watchedBlobs(blobs), catalog: watchedCatalog(catalog), ...parts });
const needed = (await store.accounts.count()) > 0;
const opaque = await OpaqueServer.create((make) =>
  loadOpaqueSetup({ path: folder.opaqueSetup, needed }, make),
);
const onIndexDamage = (): void => {
  process.stdout.write('The index is damaged.\n');
};
const app = await createApp({ ...parts, config, store, opaque, log, onIndexDamage });
if (app.firstRunUrl !== undefined) process.stdout.write(`${app.firstRunUrl}\n`);
process.on('SIGTERM', () => {
  void app.stop().then(() => {
    lock.release();
    process.exit(0);
  });
});
