/** Who holds the lock of an outbox file writes it, or takes care of what a dead backup left in it. */
import type { Locks } from '../ports.ts';

/** Takes the lock and gives what lets it go; undefined if somebody else has it. */
export async function takeSealLock(locks: Locks, file: string): Promise<(() => void) | undefined> {
  return new Promise((resolve, reject) => {
    let letGo: () => void = () => undefined;
    const over = new Promise<void>((settle) => (letGo = settle));
    const holding = locks.tryHold(`holdfast-seal/${file}`, async () => {
      resolve(letGo);
      await over;
    });
    holding.then((wasFree) => {
      if (!wasFree) resolve(undefined);
    }, reject);
  });
}
