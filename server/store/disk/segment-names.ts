/** How segment files are named: `00000001.segment`, counting up, so that names sort as positions do. */

const NAME = /^(\d{8})\.segment$/;

export function segmentName(segment: number): string {
  return `${segment.toString().padStart(8, '0')}.segment`;
}

/** The segment numbers among `names`, ascending. Other files are none of ours. */
export function segmentNumbers(names: readonly string[]): number[] {
  return names
    .map((name) => NAME.exec(name)?.[1])
    .filter((digits) => digits !== undefined)
    .map(Number)
    .sort((a, b) => a - b);
}
