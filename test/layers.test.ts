/**
 * The layers of ARCHITECTURE.md are lint rules. A rule that stops matching (a folder is renamed, a resolver
 * fails) is silent; here each has an import that it must refuse, put into a file that exists.
 */
import assert from 'node:assert/strict';
import { before, describe, test } from 'node:test';
import { ESLint } from 'eslint';

const FORBIDDEN = [
  { file: 'shared/wire/frame.ts', from: '../../server/ports.ts', says: 'it imports only shared' },
  { file: 'shared/bytes.ts', from: './wire/frame.ts', says: 'are leaves' },
  { file: 'shared/wire/frame.ts', from: '../crypto/primitives.ts', says: 'must not be able to seal' },
  { file: 'server/handlers/ping.ts', from: '../../shared/crypto/primitives.ts', says: 'cannot decrypt' },
  { file: 'server/store/store.ts', from: '../../shared/format/sealed-chunk.ts', says: 'cannot decrypt' },
  { file: 'server/app.ts', from: '../web/bridge/engine-client.ts', says: 'never code' },
  { file: 'server/handlers/ping.ts', from: '../store/store.ts', says: 'Only the interface of a store' },
  { file: 'server/auth/sessions.ts', from: '../store/open-store.ts', says: 'Only the interface of a store' },
  { file: 'server/store/store.ts', from: '../handlers/ping.ts', says: 'knows nothing of who asks' },
  { file: 'server/handlers/ping.ts', from: 'uWebSockets.js', says: 'only server/transport' },
  { file: 'server/store/store.ts', from: 'better-sqlite3', says: 'only server/store/sqlite' },
  { file: 'server/handlers/ping.ts', from: '@serenity-kit/opaque', says: 'one place a side' },
  { file: 'web/bridge/engine-client.ts', from: '../../server/ports.ts', says: 'never code' },
  { file: 'web/ui/hf-app.ts', from: '../../shared/crypto/primitives.ts', says: 'no keys' },
  { file: 'web/ui/hf-app.ts', from: '../worker/engine.ts', says: 'no keys' },
  { file: 'web/ui/hf-app.ts', from: 'comlink', says: 'how the threads talk' },
  { file: 'web/ui/hf-app.ts', from: 'idb', says: 'knows the database' },
  { file: 'web/state/router.ts', from: '../ui/hf-app.ts', says: 'go one way' },
  { file: 'web/bridge/engine-client.ts', from: '../state/router.ts', says: 'go one way' },
  { file: 'web/bridge/engine-client.ts', from: '../worker/engine.ts', says: 'its types alone' },
  { file: 'web/worker/engine.ts', from: '../ui/hf-app.ts', says: 'without a screen' },
  { file: 'web/worker/engine.ts', from: 'comlink', says: 'how the threads talk' },
  { file: 'web/sw/index.ts', from: '../worker/engine.ts', says: 'no key and no screen' },
  { file: 'web/sw/index.ts', from: '../bridge/engine-client.ts', says: 'never code' },
];

describe('an import that breaks a layer is a lint error with its reason', () => {
  let eslint: ESLint;
  before(() => {
    eslint = new ESLint({
      // Only the layers: the rest of the linter, and types, have nothing to say here and take most of the time.
      overrideConfig: { languageOptions: { parserOptions: { projectService: false } } },
      ruleFilter: ({ ruleId }) =>
        ['import-x/no-restricted-paths', '@typescript-eslint/no-restricted-imports'].includes(ruleId),
    });
  });

  for (const { file, from, says } of FORBIDDEN) {
    test(`${file} never imports ${from}`, async () => {
      const [result] = await eslint.lintText(`import { anything } from '${from}';\n`, { filePath: file });
      const reasons = result?.messages.map(({ message }) => message) ?? [];
      assert.ok(
        reasons.some((reason) => reason.includes(says)),
        `expected “${says}”, got ${JSON.stringify(reasons)}`,
      );
    });
  }
});
