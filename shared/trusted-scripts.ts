/**
 * Trusted Types, where the browser has them: the policy that page and worker make first thing, by which threads and
 * the service worker may be started from this origin's files and from nowhere else. All other ways to make script of
 * text are shut by the header (`require-trusted-types-for 'script'`).
 */
import { HoldfastError } from './errors.ts';

interface ScriptScope {
  readonly location: { readonly href: string; readonly origin: string };
  readonly trustedTypes?: {
    createPolicy(name: string, rules: { readonly createScriptURL: (url: string) => string }): unknown;
  };
}

/** To be called once, before anything is started. */
export function trustOwnScripts({ location, trustedTypes }: ScriptScope): void {
  trustedTypes?.createPolicy('default', {
    createScriptURL: (url) => {
      if (new URL(url, location.href).origin === location.origin) return url;
      throw new HoldfastError('internal', { detail: 'a script of another origin' });
    },
  });
}
