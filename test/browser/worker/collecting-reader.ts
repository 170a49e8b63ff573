/** The reader thread as it is, with the garbage collector at work all the time. */
import '../../../web/worker/reader/index.ts';

const { gc } = globalThis as { readonly gc?: () => void };
if (gc === undefined) throw new Error('Chromium must be started with --js-flags=--expose-gc.');
setInterval(gc, 1);
