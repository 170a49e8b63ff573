/** `npm run large`: takes some minutes, and 18 GB of the disk meanwhile. */
import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { buildPage } from '../bench/build-page.ts';
import { runLarge } from '../bench/cases/large.ts';
import type { LargeRun } from '../bench/cases/large.ts';
import { MEMORY_LIMITS } from '../bench/cases/memory.ts';

const SIZE_BYTES = 6 * 1024 ** 3;
/** A changed byte costs a chunk or two, and the folders above it. */
const SENT_AGAIN_MAX_BYTES = 8 * 1024 ** 2;

let run: LargeRun;
before(async () => {
  run = await runLarge(await buildPage({ readable: false }), SIZE_BYTES);
  console.log(JSON.stringify(run));
});

test('a file of 6 GiB comes back, through the service worker, as it was backed up', () => {
  assert.equal(run.restoredSha256, run.expectedSha256);
});

test('one changed byte of it sends a few megabytes', () => {
  const sent = run.figures.secondSentBytes ?? Infinity;
  assert.ok(sent <= SENT_AGAIN_MAX_BYTES, `${sent} bytes were sent.`);
});

test('the page and its workers never grow by more than 150 MB', () => {
  const grown = Object.entries(run.growthBytes);
  assert.equal(grown.length, 3);
  for (const [step, bytes] of grown)
    assert.ok(bytes <= MEMORY_LIMITS.rendererBytes, `${(bytes / 1e6).toFixed(1)} MB in the step ${step}`);
});
