/** Where in a name a search matched, for marking it. Pure. */

/** The name as what is before the match, the match, and what is after; no match is all before. */
export function splitAtMatch(name: string, text: string): readonly [string, string, string] {
  // As the search compares, but only where folding keeps each character's place.
  const folded = name.toLowerCase();
  const wanted = text.toLowerCase();
  const at = folded.length === name.length && wanted !== '' ? folded.indexOf(wanted) : -1;
  if (at < 0) return [name, '', ''];
  const end = at + wanted.length;
  return [name.slice(0, at), name.slice(at, end), name.slice(end)];
}
