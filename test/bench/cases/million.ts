/** A vault of a million chunks: how long a device takes to get its index, and to open it later. */
import { startServer } from '../../helpers/server.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { startBrowser } from '../browser.ts';
import { fillVault } from '../fill-vault.ts';
import { MEGABYTE } from '../measurement.ts';
import type { Measurement } from '../measurement.ts';
import { ProcessWatch } from '../process-watch.ts';
import type { Costs } from '../process-watch.ts';
import { withScope } from '../scope.ts';
import { settle } from '../settle.ts';
import type { Figures, Task } from '../tasks.ts';

const CHUNKS = 1_000_000;
const ACCOUNT_NAME = 'bench';

type Step = Extract<Task['type'], `million-${string}`>;

/** Each of its steps is a page load of its own, in one browser profile. */
export async function runMillion(pageDir: string, say: (text: string) => void): Promise<Measurement[]> {
  return withScope(async (scope) => {
    const browser = await startBrowser(scope, pageDir);
    const server = await startServer(scope, {
      dataDir: await tempDir(scope),
      env: { HOLDFAST_ALLOWED_ORIGINS: browser.origin },
    });
    let watch: ProcessWatch | undefined;
    let costs: Costs | undefined;
    const onMark = async (name: string): Promise<void> => {
      if (name.endsWith('-start')) {
        await settle();
        watch = await ProcessWatch.start(browser.pid, server.pid());
      } else costs = await watch?.stop();
    };
    const run = async (type: Step, firstRunToken?: string): Promise<Figures> => {
      const task = { type, serverUrl: server.wsUrl };
      return browser.run(firstRunToken === undefined ? task : { ...task, firstRunToken }, onMark);
    };
    await run('million-account', await server.firstRunToken());
    await server.kill('SIGTERM');
    say(`Making ${CHUNKS} chunks …`);
    await fillVault(server.dataDir, ACCOUNT_NAME, CHUNKS);
    await server.restart();
    const first = await run('million-first');
    const firstMeasured = measurementsOf('million first', first, costs);
    const later = await run('million-later');
    return [...firstMeasured, ...measurementsOf('million later', later, costs)];
  });
}

function measurementsOf(name: string, figures: Figures, costs: Costs | undefined): Measurement[] {
  const times = Object.entries(figures).map(([what, value]): Measurement => {
    return { name: `${name} ${what.replace(/Ms$/, '')}`, value, unit: 'ms' };
  });
  const growth = (role: 'renderer' | 'server'): Measurement => ({
    name: `${name} ${role} growth`,
    value: (costs?.[role].growthBytes ?? NaN) / MEGABYTE,
    unit: 'MB',
  });
  return [...times, growth('renderer'), growth('server')];
}
