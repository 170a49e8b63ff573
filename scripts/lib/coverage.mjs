/**
 * Merges the line coverage of the runs in Node and in the browser, and compares each part of the project
 * with the floor.
 */
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { ROOT } from './paths.mjs';

/** The least share of lines, in per cent, that the tests must run in each part. */
const FLOOR_PERCENT = 80;
const PARTS = ['shared', 'server', 'web/worker'];
const REPORTS = ['coverage/node/coverage-final.json', 'coverage/browser/coverage-final.json'];

/** @typedef {{ covered: number, total: number }} Lines */

/**
 * Line coverage of each part: the table to print, and whether every part reaches the floor.
 * @returns {Promise<{ table: string, reached: boolean }>}
 */
export async function measureCoverage() {
  const map = await mergedReports();
  const parts = await Promise.all(
    PARTS.map(async (part) => ({
      part,
      ...addUp(await Promise.all((await sourcesOf(part)).map(linesIn(map)))),
    })),
  );
  const rows = parts.map(({ part, covered, total }) => {
    const percent = total === 0 ? 0 : (100 * covered) / total;
    return { part, covered, total, percent, reached: percent >= FLOOR_PERCENT };
  });
  const lines = rows.map(
    ({ part, covered, total, percent, reached }) =>
      `${part.padEnd(12)} ${percent.toFixed(1).padStart(5)} %  ${covered} of ${total} lines${reached ? '' : ` (under ${FLOOR_PERCENT} %)`}`,
  );
  return { table: ['Line coverage', ...lines].join('\n'), reached: rows.every(({ reached }) => reached) };
}

/** @returns {Promise<import('istanbul-lib-coverage').CoverageMap>} */
async function mergedReports() {
  const { default: istanbul } = await import('istanbul-lib-coverage');
  const map = istanbul.createCoverageMap({});
  for (const report of REPORTS) {
    const text = await readFile(path.join(ROOT, report), 'utf8').catch(() => '{}');
    map.merge(JSON.parse(text));
  }
  return map;
}

/**
 * How to count a source's lines: as measured, or none covered where no test loaded it.
 * @param {import('istanbul-lib-coverage').CoverageMap} map
 * @returns {(file: string) => Promise<Lines>}
 */
function linesIn(map) {
  const measured = new Set(map.files());
  return async (file) => {
    if (!measured.has(file)) return { covered: 0, total: await linesOfCode(file) };
    const { covered, total } = map.fileCoverageFor(file).toSummary().lines;
    return { covered, total };
  };
}

/**
 * Lines of a source that no test loaded; 0 if it holds only types, which leave nothing to run.
 * @param {string} file
 * @returns {Promise<number>}
 */
async function linesOfCode(file) {
  const { default: ts } = await import('typescript');
  const source = await readFile(file, 'utf8');
  const compilerOptions = { module: ts.ModuleKind.ESNext, verbatimModuleSyntax: true, removeComments: true };
  const { outputText } = ts.transpileModule(source, { compilerOptions });
  return outputText.replace('export {};', '').trim() === '' ? 0 : source.trimEnd().split('\n').length;
}

/**
 * @param {string} part
 * @returns {Promise<string[]>} absolute
 */
async function sourcesOf(part) {
  const names = await readdir(path.join(ROOT, part), { recursive: true });
  return names.filter((name) => name.endsWith('.ts')).map((name) => path.join(ROOT, part, name));
}

/**
 * @param {readonly Lines[]} files
 * @returns {Lines}
 */
function addUp(files) {
  return {
    covered: files.reduce((sum, { covered }) => sum + covered, 0),
    total: files.reduce((sum, { total }) => sum + total, 0),
  };
}
