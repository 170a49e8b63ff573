/** Drops a real folder on the bench's page, as a person does, and detaches again before anything is timed. */
import { Debugger } from './cdp.ts';
import type { Params } from './cdp.ts';

interface Targets {
  readonly targetInfos: readonly { readonly targetId: string; readonly type: string }[];
}

/** The browser must have been started with `--remote-debugging-port=0`. */
export async function dropFolder(profileDir: string, folder: string): Promise<void> {
  const devtools = await Debugger.connect(profileDir, () => undefined);
  try {
    const { targetInfos } = (await devtools.call('Target.getTargets')) as Params & Targets;
    const page = targetInfos.find(({ type }) => type === 'page');
    if (page === undefined) throw new Error('The browser has no page.');
    const attached = await devtools.call('Target.attachToTarget', { targetId: page.targetId, flatten: true });
    const data = { items: [], files: [folder], dragOperationsMask: 1 };
    for (const type of ['dragEnter', 'dragOver', 'drop'] as const)
      await devtools.call(
        'Input.dispatchDragEvent',
        { type, x: 50, y: 50, data },
        String(attached.sessionId),
      );
  } finally {
    devtools.close();
  }
}
