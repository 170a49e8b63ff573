/** Whether garbage is collected. */

/** Without a reason to, a browser that has memory collects nothing for longer than that. */
const LIMIT_MS = 5_000;

/** Leaves something behind; true once it is collected, false if it stays. */
export async function isCollected(): Promise<boolean> {
  return new Promise((resolve) => {
    // Not by looking at a weak reference: that keeps what it refers to while it is being collected.
    const registry = new FinalizationRegistry(resolve);
    registry.register({ litter: true }, true);
    // Keeps the registry, too.
    setTimeout(() => {
      registry.unregister(registry);
      resolve(false);
    }, LIMIT_MS);
  });
}
