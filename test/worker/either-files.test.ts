/** Outbox files of two places as one. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { eitherFiles } from '../../web/worker/storage/outbox-either.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { MemoryFiles } from './memory-outbox.ts';

const bytes = (...values: number[]): Uint8Array<ArrayBuffer> => new Uint8Array(values);

describe('outbox files in two places', () => {
  it('are written to the first, and read from wherever they are', async () => {
    const [first, second] = [new MemoryFiles(), new MemoryFiles()];
    second.files.set('old', bytes(1, 2, 3));
    const files = eitherFiles(first, second);
    await (await files.open('new')).append([bytes(4, 5)]);
    assert.deepEqual([...first.files.keys()], ['new']);
    assert.deepEqual(await files.read('new', 0, 2), bytes(4, 5));
    assert.deepEqual(await files.read('old', 1, 3), bytes(2, 3));
    await assertRejectsCode(files.read('none', 0, 1), 'chunk-missing');
  });

  it('are listed once and removed from both', async () => {
    const [first, second] = [new MemoryFiles(), new MemoryFiles()];
    first.files.set('both', bytes(1));
    second.files.set('both', bytes(1));
    second.files.set('old', bytes(1));
    const files = eitherFiles(first, second);
    assert.deepEqual([...(await files.list())].sort(), ['both', 'old']);
    for (const name of await files.list()) await files.remove(name);
    assert.deepEqual([first.files.size, second.files.size], [0, 0]);
  });
});
