/** How the bench's page is built: as the product's page is, so that the same code is measured. */
import { fileURLToPath } from 'node:url';
import { defineConfig } from 'vite';
import product from '../../vite.config.ts';

const { target, assetsInlineLimit, modulePreload } = product.build ?? {};

export default defineConfig({
  root: fileURLToPath(new URL('page', import.meta.url)),
  publicDir: false,
  build: {
    outDir: fileURLToPath(new URL('../../dist/bench', import.meta.url)),
    emptyOutDir: true,
    ...(target === undefined ? {} : { target }),
    ...(assetsInlineLimit === undefined ? {} : { assetsInlineLimit }),
    ...(modulePreload === undefined ? {} : { modulePreload }),
    chunkSizeWarningLimit: 1024,
  },
  ...(product.worker === undefined ? {} : { worker: product.worker }),
});
