/** What a backup was made of is garbage once it has ended: an app that stays open for months backs up thousands of times. */
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import type { PickedSource } from '../../web/bridge/engine-api.ts';
import { backUp, startDevice } from '../helpers/engine-device.ts';
import { seededRandom } from '../helpers/seeded-random.ts';
import { startServer } from '../helpers/server.ts';
import { waitFor } from '../helpers/wait.ts';
import { picked, signUp } from './engine-client.ts';
import type { EngineClient } from './engine-client.ts';

setFlagsFromString('--expose-gc');
const collectGarbage = runInNewContext('gc') as () => void;

/** Backs up and forgets what; who holds it still is the engine. */
async function sourceOfBackup(client: EngineClient, round: number): Promise<WeakRef<PickedSource>> {
  const random = seededRandom(round);
  const source = picked({ 'large.bin': random.bytes(2_000_000), 'small.bin': random.bytes(9) });
  const { phase } = await backUp(client, 'Documents', source);
  assert.equal(phase, 'done');
  return new WeakRef(source);
}

test('a backup that has ended holds nothing of what it was made of', async (t) => {
  const server = await startServer(t);
  const client = await startDevice(t, server.url);
  await signUp(client, {
    inviteToken: await server.firstRunToken(),
    name: 'Ada',
    password: 'Violett blühn die Disteln 7',
  });
  const sources = [await sourceOfBackup(client, 1), await sourceOfBackup(client, 2)];
  await waitFor('the sources to be collected', async () => {
    collectGarbage();
    return Promise.resolve(sources.every((source) => source.deref() === undefined) || undefined);
  });
});
