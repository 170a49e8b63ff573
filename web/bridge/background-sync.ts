/**
 * Asks the browser to send the queue when every tab is closed, as soon as there is a network (Background Sync). The
 * service worker does it; a browser without that sends while the app is open.
 */
import type { EngineApi } from './engine-api.ts';

const TAG = 'holdfast-outbox';

/** Of Background Sync, which TypeScript's libraries lack. */
interface SyncingRegistration {
  readonly sync?: { register(tag: string): Promise<void> };
}

/** From now on the browser is asked whenever something waits. `registration` is undefined without a service worker. */
export async function keepSendingInBackground(
  engine: Pick<EngineApi, 'subscribe'>,
  registration: () => Promise<object | undefined>,
): Promise<void> {
  let waited = 0;
  await engine.subscribe((event) => {
    if (event.type !== 'outbox') return;
    const waits = event.outbox.queue.length;
    if (waits > waited) void ask(registration);
    waited = waits;
  });
}

async function ask(registration: () => Promise<object | undefined>): Promise<void> {
  const { sync } = ((await registration()) ?? {}) as SyncingRegistration;
  // Where the person or the browser forbids it, the app sends while it is open.
  await sync?.register(TAG).catch(() => undefined);
}
