/**
 * Outbox files in two places: new ones go to the first. A page and its service worker may not agree on which that is, and
 * a browser learns new tricks while something waits in the old place.
 */
import { toHoldfastError } from '../../../shared/errors.ts';
import type { OutboxFiles } from '../outbox/ports.ts';

export function eitherFiles(first: OutboxFiles, second: OutboxFiles): OutboxFiles {
  return {
    open: async (name) => first.open(name),
    read: async (name, start, end) => {
      try {
        return await first.read(name, start, end);
      } catch (error) {
        if (toHoldfastError(error).code !== 'chunk-missing') throw error;
        return second.read(name, start, end);
      }
    },
    remove: async (name) => {
      await first.remove(name);
      await second.remove(name);
    },
    list: async () => [...new Set([...(await first.list()), ...(await second.list())])],
  };
}
