/** Builds the bench's page into dist/bench. */
import { fileURLToPath } from 'node:url';
import { build } from 'vite';

/** Builds it and gives its folder. `readable` keeps names, for profiles. */
export async function buildPage({ readable }: { readonly readable: boolean }): Promise<string> {
  await build({
    configFile: fileURLToPath(new URL('vite.config.ts', import.meta.url)),
    logLevel: 'warn',
    ...(readable ? { build: { minify: false } } : {}),
  });
  return fileURLToPath(new URL('../../dist/bench', import.meta.url));
}
