/** Whose address a connection counts for. */
import type { HttpRequest, HttpResponse } from 'uWebSockets.js';

/**
 * The peer's address, or behind a trusted proxy the last one of X-Forwarded-For: the one that the
 * proxy itself has seen.
 */
export function clientAddress(response: HttpResponse, request: HttpRequest, trustProxy: boolean): string {
  const peer = Buffer.from(response.getRemoteAddressAsText()).toString();
  if (!trustProxy) return peer;
  const forwarded = request.getHeader('x-forwarded-for').split(',').at(-1)?.trim();
  return forwarded === undefined || forwarded === '' ? peer : forwarded;
}
