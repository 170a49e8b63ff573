/** The steps alone, in Node and in a worker of the page. */
import { checksum } from '../../../server/checksum.ts';
import { loadZstd } from '../../../web/worker/zstd.ts';
import type { BenchBrowser } from '../browser.ts';
import type { Measurement } from '../measurement.ts';
import { runMicroCases } from '../micro-cases.ts';
import type { Figures } from '../tasks.ts';

export async function runMicro(browser: BenchBrowser): Promise<Measurement[]> {
  const inNode = await runMicroCases({
    checksum,
    zstd: await loadZstd(),
    rssBytes: async () => Promise.resolve(process.memoryUsage.rss()),
  });
  const inPage = await browser.run({ type: 'micro' });
  return [...named('node', inNode), ...named('page', inPage)];
}

/** Figures are named `step unit`. */
function named(realm: string, figures: Figures): Measurement[] {
  return Object.entries(figures).map(([name, value]) => {
    const [step = name, unit] = name.split(' ');
    return { name: `${step} (${realm})`, value, unit: unit as Measurement['unit'] };
  });
}
