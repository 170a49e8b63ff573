/**
 * Which web pages may open a WebSocket here. A browser says which page asks; other programs say
 * nothing and hold no one's cookies, so for them there is nothing to guard against.
 */

/** `origin` and `host` are the request's headers, empty if absent. */
export function isAllowedOrigin(origin: string, host: string, allowedOrigins: readonly string[]): boolean {
  if (origin === '') return true;
  return allowedOrigins.includes(origin) || originHost(origin) === host.toLowerCase();
}

/** Undefined for an origin that is none ("null", of a sandboxed page). */
function originHost(origin: string): string | undefined {
  return URL.canParse(origin) ? new URL(origin).host : undefined;
}
