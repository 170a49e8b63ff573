/**
 * How the page is built and, in development, served. No script or style is inlined: the page's content
 * security policy allows only files of its own origin.
 */
import { defineConfig } from 'vite';
import { VitePWA } from 'vite-plugin-pwa';

/** Where `npm run dev` runs the server. */
const DEV_SERVER = 'http://127.0.0.1:8787';

export default defineConfig({
  root: 'web',
  publicDir: '../public',
  build: {
    outDir: '../dist/web',
    emptyOutDir: true,
    target: ['safari17', 'firefox128', 'chrome120'],
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    sourcemap: false,
    chunkSizeWarningLimit: 1024,
  },
  worker: { format: 'es' },
  server: {
    host: '127.0.0.1',
    proxy: {
      '/ws': { target: DEV_SERVER, ws: true },
      '/readyz': DEV_SERVER,
    },
  },
  plugins: [
    VitePWA({
      strategies: 'injectManifest',
      srcDir: 'sw',
      filename: 'index.ts',
      injectRegister: false,
      manifest: {
        name: 'Holdfast',
        short_name: 'Holdfast',
        description: 'Encrypted backup that only you can read',
        id: '/',
        start_url: '/',
        scope: '/',
        display: 'standalone',
        background_color: '#060a13',
        theme_color: '#0c1322',
        lang: 'en',
        categories: ['utilities', 'productivity', 'security'],
        icons: [
          { src: 'icons/icon-192.png', sizes: '192x192', type: 'image/png', purpose: 'any' },
          { src: 'icons/icon-512.png', sizes: '512x512', type: 'image/png', purpose: 'any' },
          { src: 'icons/icon.svg', sizes: 'any', type: 'image/svg+xml', purpose: 'any' },
          { src: 'icons/maskable-192.png', sizes: '192x192', type: 'image/png', purpose: 'maskable' },
          { src: 'icons/maskable-512.png', sizes: '512x512', type: 'image/png', purpose: 'maskable' },
        ],
      },
      injectManifest: {
        // Not every browser runs a service worker that is a module.
        rollupFormat: 'iife',
        globPatterns: ['**/*.{css,html,js,svg,wasm,woff2}'],
        maximumFileSizeToCacheInBytes: 4 * 1024 * 1024,
      },
      integration: {
        // Served as /sw.js, whatever its source is called.
        beforeBuildServiceWorker: (options) => {
          options.swDest = options.swDest.replace(/index\.js$/, 'sw.js');
          options.injectManifest.swDest = options.swDest;
        },
      },
    }),
  ],
});
