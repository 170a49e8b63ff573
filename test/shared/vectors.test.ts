import assert from 'node:assert/strict';
import { readFile, readdir } from 'node:fs/promises';
import { describe, it } from 'node:test';
import { CLIENT_MESSAGES, SERVER_MESSAGES } from '../../shared/wire/messages.ts';
import { isErrorCode } from '../../shared/errors.ts';
import { VECTOR_KINDS } from '../vectors/kinds.ts';
import type { Vector, VectorKind } from '../vectors/vector.ts';

const FOLDER = new URL('../vectors/', import.meta.url);

async function readVectors({ file }: VectorKind): Promise<readonly Vector[]> {
  const { vectors } = JSON.parse(await readFile(new URL(file, FOLDER), 'utf8')) as { vectors: Vector[] };
  return vectors;
}

describe('the vectors', () => {
  for (const kind of VECTOR_KINDS) {
    it(`are what comes of their inputs: ${kind.file}`, async () => {
      const vectors = await readVectors(kind);
      assert.ok(vectors.length > 0);
      for (const { name, input, expect } of vectors) {
        assert.deepEqual(asJson(await kind.outcome(input)), expect, name);
      }
    });

    it(`are those that the generator makes: ${kind.file}`, async () => {
      assert.deepEqual(asJson(await kind.vectors()), await readVectors(kind));
    });
  }

  it('have names of their own, and errors of the table', async () => {
    for (const kind of VECTOR_KINDS) {
      const vectors = await readVectors(kind);
      assert.equal(new Set(vectors.map(({ name }) => name)).size, vectors.length, kind.file);
      for (const { name, expect } of vectors) {
        if ('error' in expect) assert.ok(isErrorCode(String(expect.error)), name);
      }
    }
  });

  it('leave out no message', async () => {
    const names = new Set((await Promise.all(VECTOR_KINDS.map(readVectors))).flat().map(({ name }) => name));
    for (const type of Object.keys(CLIENT_MESSAGES)) assert.ok(names.has(`client: ${type}`), type);
    for (const type of Object.keys(SERVER_MESSAGES)) assert.ok(names.has(`server: ${type}`), type);
  });

  it('leave out no file', async () => {
    const files = (await readdir(FOLDER)).filter((name) => name.endsWith('.json'));
    assert.deepEqual(files.sort(), VECTOR_KINDS.map(({ file }) => file).sort());
  });
});

/** As it is once it has been in a file. */
function asJson(value: unknown): unknown {
  return JSON.parse(JSON.stringify(value));
}
