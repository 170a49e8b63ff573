/**
 * Writes a Brotli and a gzip copy beside each file of the built page that shrinks, so that the server never
 * compresses, and reports what a browser downloads.
 */
import { readdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { brotliCompress, constants, gzip } from 'node:zlib';

const COMPRESSIBLE = /\.(css|html|js|json|mjs|svg|txt|wasm|webmanifest)$/;
/** A copy that saves less than this share is not worth a file. */
const WORTHWHILE = 0.95;
/** Smaller files are counted together in the report. */
const LISTED_FROM_BYTES = 2048;

/**
 * Compresses what is in `folder`.
 * @param {string} folder
 * @returns {Promise<string>} the report, to print
 */
export async function precompress(folder) {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  const files = entries
    .filter((entry) => entry.isFile() && COMPRESSIBLE.test(entry.name))
    .map((entry) => path.join(entry.parentPath, entry.name));
  const sizes = await Promise.all(
    files.map(async (file) => ({ name: path.relative(folder, file), ...(await compressFile(file)) })),
  );
  return report(sizes.sort((a, b) => b.brotliBytes - a.brotliBytes));
}

/**
 * @param {string} file
 * @returns {Promise<{ plainBytes: number, brotliBytes: number }>}
 */
async function compressFile(file) {
  const plain = await readFile(file);
  const [brotli, zipped] = await Promise.all([
    promisify(brotliCompress)(plain, { params: { [constants.BROTLI_PARAM_SIZE_HINT]: plain.length } }),
    promisify(gzip)(plain, { level: 9 }),
  ]);
  for (const [suffix, bytes] of /** @type {const} */ ([
    ['br', brotli],
    ['gz', zipped],
  ])) {
    if (bytes.length < plain.length * WORTHWHILE) await writeFile(`${file}.${suffix}`, bytes);
  }
  return { plainBytes: plain.length, brotliBytes: Math.min(plain.length, brotli.length) };
}

/**
 * @param {readonly { name: string, plainBytes: number, brotliBytes: number }[]} sizes
 * @returns {string}
 */
function report(sizes) {
  const listed = sizes.filter(({ brotliBytes }) => brotliBytes >= LISTED_FROM_BYTES);
  const small = sizes.slice(listed.length);
  const rows = [...listed, sum(`${small.length} smaller files`, small), sum('all', sizes)].map(
    ({ name, plainBytes, brotliBytes }) => `${kib(plainBytes)} ${kib(brotliBytes)}  ${name}`,
  );
  return ['Page, KiB: plain, Brotli', ...rows].join('\n');
}

/**
 * @param {string} name
 * @param {readonly { plainBytes: number, brotliBytes: number }[]} sizes
 */
function sum(name, sizes) {
  return {
    name,
    plainBytes: sizes.reduce((total, { plainBytes }) => total + plainBytes, 0),
    brotliBytes: sizes.reduce((total, { brotliBytes }) => total + brotliBytes, 0),
  };
}

/** @param {number} bytes */
function kib(bytes) {
  return (bytes / 1024).toFixed(1).padStart(9);
}
