/** What the index is told when a record has a copy elsewhere: the same thing at another place. */
import type { IndexEntry, Place } from '../store/ports.ts';

export function movedTo(entry: IndexEntry, places: readonly [Place, ...Place[]]): IndexEntry {
  return entry.type === 'chunk' ? { ...entry, pieces: places } : { ...entry, place: places[0] };
}
