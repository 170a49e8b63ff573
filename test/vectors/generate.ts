/**
 * Writes the vectors anew: `npx tsx test/vectors/generate.ts`. A difference is a change of the format or the
 * protocol, and belongs into one commit with the page that describes it.
 */
import { writeFile } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';
import { format, resolveConfig } from 'prettier';
import { VECTOR_KINDS } from './kinds.ts';

for (const { file, about, vectors } of VECTOR_KINDS) {
  const path = fileURLToPath(new URL(file, import.meta.url));
  const text = JSON.stringify({ about, vectors: await vectors() });
  await writeFile(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}
