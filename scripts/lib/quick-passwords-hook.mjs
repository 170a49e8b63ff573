/**
 * Gives shared/crypto/opaque.ts the library by way of quick-opaque.mjs.
 * @type {import('node:module').ResolveHook}
 */
export function resolve(specifier, context, nextResolve) {
  const isOurs =
    specifier === '@serenity-kit/opaque' && context.parentURL?.endsWith('/shared/crypto/opaque.ts') === true;
  if (!isOurs) return nextResolve(specifier, context);
  return { url: new URL('quick-opaque.mjs', import.meta.url).href, format: 'module', shortCircuit: true };
}
