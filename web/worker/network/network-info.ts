/** What the browser tells of the network that it uses: not all do. */
import type { NetworkInfo } from '../ports.ts';

/** Of the Network Information API, which TypeScript's libraries lack. */
interface Connection extends EventTarget {
  readonly saveData?: boolean;
  readonly type?: string;
}

/** Undefined where the browser tells nothing. */
export function networkInfoOf(navigator: object): NetworkInfo | undefined {
  const { connection } = navigator as { readonly connection?: Connection };
  if (connection === undefined) return undefined;
  return {
    isMetered: () => connection.saveData === true || connection.type === 'cellular',
    onChange: (listener) => {
      connection.addEventListener('change', listener);
    },
  };
}
