import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import { buildPage } from '../bench/build-page.ts';
import { MEMORY_LIMITS, measureUploadMemory } from '../bench/cases/memory.ts';
import type { UploadMemory } from '../bench/cases/memory.ts';

let memory: UploadMemory;
before(async () => {
  memory = await measureUploadMemory(await buildPage({ readable: false }));
});

test('a backup of a 3 GiB file makes the page and its workers grow by 150 MB at most', () => {
  assert.ok(
    memory.rendererGrowthBytes <= MEMORY_LIMITS.rendererBytes,
    `The renderer grew by ${megabytes(memory.rendererGrowthBytes)}.`,
  );
});

test('a backup of a 3 GiB file makes the server grow by 100 MB at most', () => {
  assert.ok(
    memory.serverGrowthBytes <= MEMORY_LIMITS.serverBytes,
    `The server grew by ${megabytes(memory.serverGrowthBytes)}.`,
  );
});

function megabytes(bytes: number): string {
  return `${(bytes / 1e6).toFixed(1)} MB`;
}
