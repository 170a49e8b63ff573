/** Medians over runs, ratios between cases of the same run, and how both are shown. */
import type { Measurement } from './measurement.ts';

/** Which cases each is compared with; any other with restic's of the same name, backups of a tree with its scan, too. */
const PEERS: Readonly<Record<string, readonly string[]>> = {
  upload: ['raw', 'tus', 'restic'],
  restore: ['upload', 'raw'],
};
const OF_TREE = /^tree (?:first|unchanged|ten changed|renamed)(?<figure>| page cpu| browser cpu)$/;

function peersOf(name: string): readonly string[] {
  const ofTree = OF_TREE.exec(name)?.groups?.figure;
  const scan = ofTree === undefined ? [] : [`tree scan limit${ofTree}`];
  return PEERS[name] ?? [`restic ${name}`, ...scan];
}

export interface Line {
  readonly name: string;
  /** The median; null for a case that was left out, as `note` says. */
  readonly value: number | null;
  readonly unit: string;
  /** This by that: the median of the ratios within each run, so that a drifting machine cancels out. */
  readonly vs: Readonly<Record<string, number>>;
  /** The smallest and the largest, where there were several runs. */
  readonly range?: readonly [number, number];
  readonly note?: string;
}

/** Lines in the order in which their figures first came. */
export function linesOf(runs: readonly (readonly Measurement[])[]): Line[] {
  const names = [...new Set(runs.flatMap((run) => run.map(({ name }) => name)))];
  return names.map((name) => {
    const found = runs.flatMap((run) => run.filter((measurement) => measurement.name === name));
    const values = found.map(({ value }) => value);
    const note = found[0]?.note;
    return {
      name,
      value: rounded(median(values)),
      unit: found[0]?.unit ?? '',
      vs: ratiosOf(name, runs),
      ...(values.length > 1 ? { range: [rounded(Math.min(...values)), rounded(Math.max(...values))] } : {}),
      ...(note === undefined ? {} : { note }),
    };
  });
}

/** As a table for a person. */
export function tableOf(lines: readonly Line[]): string {
  const rows = lines.map(({ name, value, unit, vs, range, note }) => [
    name,
    value === null ? '-' : String(value),
    unit,
    range === undefined ? '' : `${range[0]} to ${range[1]}`,
    [...Object.entries(vs).map(([peer, ratio]) => `${ratio} of ${peer}`), note ?? '']
      .filter(Boolean)
      .join(', '),
  ]);
  const all = [['case', 'median', 'unit', 'range', 'compared'], ...rows];
  const widths = (all[0] ?? []).map((_, column) => Math.max(...all.map((row) => (row[column] ?? '').length)));
  return all
    .map((row) =>
      row
        .map((cell, column) =>
          column === 1 ? cell.padStart(widths[1] ?? 0) : cell.padEnd(widths[column] ?? 0),
        )
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

/** The middle one; of two middle ones their mean. NaN for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length / 2;
  const upper = sorted[Math.floor(middle)] ?? NaN;
  const lower = sorted[Math.ceil(middle) - 1] ?? NaN;
  return (lower + upper) / 2;
}

function ratiosOf(name: string, runs: readonly (readonly Measurement[])[]): Record<string, number> {
  const ratios: Record<string, number> = {};
  for (const peer of peersOf(name)) {
    const inEachRun = runs.flatMap((run) => ratioIn(run, name, peer));
    if (inEachRun.length > 0) ratios[peer] = rounded(median(inEachRun));
  }
  return ratios;
}

function ratioIn(run: readonly Measurement[], name: string, peer: string): number[] {
  const valueOf = (wanted: string): number | undefined =>
    run.find((measurement) => measurement.name === wanted)?.value;
  const [own, other] = [valueOf(name), valueOf(peer)];
  return own === undefined || other === undefined ? [] : [own / other];
}

/** Three digits say all that such figures can. */
function rounded(value: number): number {
  return Number(value.toPrecision(3));
}
