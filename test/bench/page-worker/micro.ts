/** The micro cases in a worker, with the engine's own CRC-32. */
import { browserPorts } from '../../../web/worker/browser-ports.ts';
import { runMicroCases } from '../micro-cases.ts';
import type { Figures } from '../tasks.ts';
import { answerWith } from './answer.ts';

answerWith(async (rendererRssUrl: string): Promise<Figures> => {
  const { crc32, zstd } = await browserPorts();
  return runMicroCases({
    crc32,
    zstd,
    rssBytes: async () => Number(await (await fetch(rendererRssUrl)).text()),
  });
});
