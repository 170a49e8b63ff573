/** Text as people compare names: without letter case, and with accents in one form. */

/**
 * Equal for texts that differ only in case or in how accents are composed. Made of capitals, which have fewer
 * forms: ß and SS are one, and so are both small sigmas.
 */
export function folded(text: string): string {
  return text.normalize('NFD').toUpperCase().normalize('NFC');
}
