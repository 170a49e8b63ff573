/** The micro cases in a worker, with the engine's own checksum. */
import { trustOwnScripts } from '../../../shared/trusted-scripts.ts';
import { browserPorts } from '../../../web/worker/browser-ports.ts';
import { runMicroCases } from '../micro-cases.ts';
import type { Figures } from '../tasks.ts';
import { answerWith } from './answer.ts';

trustOwnScripts(self);

answerWith(async (rendererRssUrl: string): Promise<Figures> => {
  const { checksum, zstd } = await browserPorts();
  return runMicroCases({
    checksum,
    zstd,
    rssBytes: async () => Number(await (await fetch(rendererRssUrl)).text()),
  });
});
