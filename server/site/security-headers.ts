/** Headers of every answer: what the page may load, and who may have a hold on it. */

/**
 * Scripts come from this origin alone and none is inline; WebAssembly may compile, `eval` may not.
 * Data URLs are for icons that components carry within them; media are previews.
 */
const CONTENT_SECURITY_POLICY = [
  "default-src 'none'",
  "script-src 'self' 'wasm-unsafe-eval'",
  "style-src 'self'",
  "img-src 'self' data: blob:",
  "media-src 'self'",
  "font-src 'self' data:",
  "connect-src 'self'",
  "worker-src 'self'",
  "manifest-src 'self'",
  "frame-src 'self'",
  "form-action 'none'",
  "base-uri 'none'",
  "frame-ancestors 'none'",
  // No text becomes script, whoever wrote it there; shared/trusted-scripts.ts has the one exception, our own files.
  "require-trusted-types-for 'script'",
  'trusted-types default lit-html',
].join('; ');

const DENIED_FEATURES = [
  'camera',
  'microphone',
  'geolocation',
  'payment',
  'usb',
  'serial',
  'display-capture',
];

const HEADERS: readonly (readonly [string, string])[] = [
  ['Content-Security-Policy', CONTENT_SECURITY_POLICY],
  ['Cross-Origin-Opener-Policy', 'same-origin'],
  ['Cross-Origin-Embedder-Policy', 'require-corp'],
  ['Cross-Origin-Resource-Policy', 'same-origin'],
  ['X-Content-Type-Options', 'nosniff'],
  ['Referrer-Policy', 'no-referrer'],
  ['Permissions-Policy', DENIED_FEATURES.map((feature) => `${feature}=()`).join(', ')],
];

/** With TLS, browsers are told never to come without it again. */
export function securityHeaders(tls: boolean): readonly (readonly [string, string])[] {
  if (!tls) return HEADERS;
  return [...HEADERS, ['Strict-Transport-Security', 'max-age=31536000']];
}
