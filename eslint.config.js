/**
 * The linter's rules. The layers (who may import what) are the architecture's table in ARCHITECTURE.md;
 * each has its reason as its message. A rule that is switched off says why.
 */
import { builtinModules } from 'node:module';
import { defineConfig } from 'eslint/config';
import { createNodeResolver, importX } from 'eslint-plugin-import-x';
import lit from 'eslint-plugin-lit';
import litA11y from 'eslint-plugin-lit-a11y';
import wc from 'eslint-plugin-wc';
import tseslint from 'typescript-eslint';

const SOURCES = ['shared/**/*.ts', 'server/**/*.ts', 'web/**/*.ts'];
const SHARED_LEAVES = ['bytes', 'errors', 'limits', 'ids'];

/** These two plugins' types leave their configurations open. */
const LIT = /** @type {{ configs: Record<'flat/all', import('eslint').Linter.Config> }} */ (lit);
const WC = /** @type {{ configs: Record<'flat/best-practice', import('eslint').Linter.Config> }} */ (wc);

/** @typedef {{ files: string[], allow: string[], typesOnly?: keyof typeof TYPES_ONLY }} LibraryGrant */

/** Folders: files of `target` never import files of `from`. */
const ZONES = [
  {
    target: './shared',
    from: ['./server', './web', './test', './scripts'],
    message: 'shared is what both sides agree on: it imports only shared.',
  },
  {
    target: SHARED_LEAVES.map((name) => `./shared/${name}.ts`),
    from: ['./shared/wire', './shared/format', './shared/crypto'],
    message: 'bytes, errors, limits and ids are leaves: everything in shared builds on them.',
  },
  {
    target: './shared/wire',
    from: ['./shared/crypto', './shared/format'],
    message: 'The wire carries sealed bytes; it must not be able to seal or open them.',
  },
  {
    target: './server',
    from: ['./shared/crypto', './shared/format'],
    message: 'The server cannot decrypt: nothing that handles keys, seals or opens is reachable from it.',
  },
  {
    target: './server',
    from: ['./web', './test', './scripts'],
    message: 'web and server share the wire (shared/), never code.',
  },
  {
    target: ['./server/handlers', './server/auth', './server/jobs'],
    from: './server/store',
    except: ['./ports.ts', './upkeep-ports.ts'],
    message: 'Only the interface of a store is known here; app.ts and main.ts choose the implementation.',
  },
  {
    target: './server/store',
    from: ['./server/transport', './server/handlers', './server/auth', './server/jobs'],
    message: 'A store knows nothing of who asks it.',
  },
  {
    target: ['./server/handlers', './server/auth', './server/jobs'],
    from: './server/transport',
    message: 'Handlers answer messages and know nothing of sockets; transport calls them.',
  },
  {
    target: './web',
    from: ['./server', './test', './scripts'],
    message: 'web and server share the wire (shared/), never code.',
  },
  {
    target: './web/ui',
    from: ['./web/worker', './web/sw', './shared/crypto', './shared/format', './shared/wire'],
    message: 'The screen shows state and asks the bridge: no keys, formats or frames in the UI thread.',
  },
  {
    target: ['./web/state', './web/bridge'],
    from: ['./web/ui', './web/sw', './shared/crypto', './shared/format', './shared/wire'],
    message: 'Imports go one way: ui -> state -> bridge; keys and formats stay in the worker.',
  },
  { target: './web/bridge', from: './web/state', message: 'Imports go one way: ui -> state -> bridge.' },
  {
    target: './web/worker',
    from: ['./web/ui', './web/state', './web/sw', './web/main.ts'],
    message: 'The engine runs without a screen.',
  },
  {
    target: './web/sw',
    from: './web',
    except: ['./sw', './bridge', './worker/background-sender.ts'],
    message:
      'The service worker holds no key and no screen: itself, shared, types of the bridge, and what sends the queue.',
  },
  {
    target: './web/sw',
    from: './shared/crypto',
    message: 'The service worker holds no key: it only sends what is sealed already.',
  },
];

/** Libraries that only the named files import, and why. */
const LIBRARY_OWNERS = [
  {
    name: 'uWebSockets.js',
    why: 'only server/transport touches uWebSockets.js objects and their lent memory.',
  },
  {
    name: 'better-sqlite3',
    why: 'only server/store/sqlite* knows SQLite, so that another catalog can replace it.',
  },
  {
    name: '@serenity-kit/opaque',
    why: 'the sign-in protocol has one place a side: shared/crypto/opaque.ts and server/auth.',
  },
  { name: '@scure/bip39', why: 'only shared/crypto handles key material and the words that stand for it.' },
  { name: 'hash-wasm', why: 'only shared/crypto, shared/checksum.ts and the engine worker hash.' },
  { name: 'comlink', why: 'only web/bridge and web/worker/index.ts know how the threads talk.' },
  { name: 'idb', why: 'only web/worker/storage knows the database.' },
  { name: 'lit', why: 'only web/ui (and what it mounts) draws.' },
  { name: '@awesome.me/webawesome', why: 'only web/ui draws.' },
  { name: 'pino', why: 'only server/log.ts knows the logging library.' },
];

/**
 * Who may import what of the above; a later line replaces an earlier one for its files.
 * @type {LibraryGrant[]}
 */
const LIBRARY_GRANTS = [
  { files: SOURCES, allow: [] },
  { files: ['server/transport/**'], allow: ['uWebSockets.js'] },
  { files: ['server/store/sqlite*', 'server/store/sqlite*/**'], allow: ['better-sqlite3'] },
  { files: ['server/auth/**'], allow: ['@serenity-kit/opaque'] },
  { files: ['server/log.ts'], allow: ['pino'] },
  { files: ['shared/crypto/**'], allow: ['@scure/bip39', 'hash-wasm'] },
  { files: ['shared/checksum.ts'], allow: ['hash-wasm'] },
  { files: ['shared/crypto/opaque.ts'], allow: ['@serenity-kit/opaque'] },
  { files: ['web/ui/**', 'web/main.ts'], allow: ['lit', '@awesome.me/webawesome'] },
  { files: ['web/bridge/**'], allow: ['comlink'], typesOnly: 'web/worker' },
  { files: ['web/worker/**'], allow: ['hash-wasm'] },
  { files: ['web/worker/storage/**'], allow: ['hash-wasm', 'idb'] },
  { files: ['web/worker/index.ts'], allow: ['comlink'] },
  { files: ['web/sw/**'], allow: [], typesOnly: 'web/bridge' },
];

/** A folder whose types alone may be imported, and why. */
const TYPES_ONLY = {
  'web/worker': {
    regex: '/worker/',
    allowTypeImports: true,
    message: 'The bridge starts the worker by URL and knows its types alone.',
  },
  'web/bridge': {
    regex: '/bridge/',
    allowTypeImports: true,
    message: 'The service worker shares types with the page, never code.',
  },
};

/**
 * The configuration object for one line of LIBRARY_GRANTS.
 * @param {LibraryGrant} grant
 * @returns {import('eslint').Linter.Config}
 */
function libraryRule({ files, allow, typesOnly }) {
  /** @type {{ regex: string, message: string, allowTypeImports?: boolean }[]} */
  const patterns = LIBRARY_OWNERS.filter(({ name }) => !allow.includes(name)).map(({ name, why }) => ({
    regex: `^${name.replaceAll('.', '\\.')}(/|$)`,
    message: `Not here: ${why}`,
  }));
  if (typesOnly !== undefined) patterns.push(TYPES_ONLY[typesOnly]);
  return { files, rules: { '@typescript-eslint/no-restricted-imports': ['error', { patterns }] } };
}

const ERRORS_FROM_THE_TABLE = {
  selector: 'ThrowStatement > NewExpression[callee.name!="HoldfastError"]',
  message: 'Throw HoldfastError with a code of shared/errors.ts: nothing matches on message text.',
};

export default defineConfig(
  { ignores: ['coverage/', 'data/', 'dist/', 'node_modules/'] },
  { linterOptions: { reportUnusedDisableDirectives: 'error', reportUnusedInlineConfigs: 'error' } },
  tseslint.configs.strictTypeChecked,
  tseslint.configs.stylisticTypeChecked,
  {
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    plugins: { 'import-x': importX },
    settings: {
      'import-x/resolver-next': [createNodeResolver({ extensions: ['.ts', '.js', '.mjs', '.cjs', '.json'] })],
      'import-x/parsers': { '@typescript-eslint/parser': ['.ts'] },
      'import-x/core-modules': builtinModules,
    },
    rules: {
      complexity: ['error', 6],
      eqeqeq: 'error',
      'max-lines': ['error', { max: 400, skipBlankLines: true, skipComments: true }],
      'no-console': 'error',
      '@typescript-eslint/consistent-type-imports': 'error',
      '@typescript-eslint/restrict-template-expressions': ['error', { allowNumber: true }],
      '@typescript-eslint/switch-exhaustiveness-check': 'error',
      '@typescript-eslint/no-floating-promises': [
        'error',
        {
          // node:test awaits the tests that it is given.
          allowForKnownSafeCalls: [
            { from: 'package', package: 'node:test', name: ['test', 'it', 'describe', 'suite'] },
          ],
        },
      ],
      // `!` is banned; `as number` marks an index that a hot loop has bounded already.
      '@typescript-eslint/non-nullable-type-assertion-style': 'off',
      // A branded id's kind is the caller's to say: idFromBytes<ChunkId>(bytes).
      '@typescript-eslint/no-unnecessary-type-parameters': 'off',
      // Both say the same; an index signature shows what the key means.
      '@typescript-eslint/consistent-indexed-object-style': 'off',
      'import-x/no-cycle': ['error', { ignoreExternal: true }],
      'import-x/no-self-import': 'error',
      'import-x/no-restricted-paths': ['error', { basePath: import.meta.dirname, zones: ZONES }],
    },
  },
  {
    files: SOURCES,
    rules: {
      'import-x/no-default-export': 'error',
      'no-restricted-syntax': ['error', ERRORS_FROM_THE_TABLE],
      'no-restricted-properties': [
        'error',
        { object: 'Math', property: 'random', message: 'Randomness comes from WebCrypto, through a port.' },
        { object: 'process', property: 'env', message: 'Only server/main.ts reads the environment.' },
      ],
    },
  },
  {
    files: ['server/main.ts', 'server/config.ts'],
    rules: { 'no-restricted-properties': 'off' }, // this is where the environment is read
  },
  LIBRARY_GRANTS.map(libraryRule),
  {
    files: ['shared/**/*.ts'],
    rules: {
      'no-restricted-globals': [
        'error',
        ...[
          'self',
          'globalThis',
          'fetch',
          'WebSocket',
          'indexedDB',
          'navigator',
          'postMessage',
          'setTimeout',
        ].map((name) => ({ name, message: 'shared is pure: the outside comes in as an argument.' })),
      ],
    },
  },
  {
    files: ['web/ui/**/*.ts'],
    extends: [LIT.configs['flat/all'], litA11y.configs.recommended, WC.configs['flat/best-practice']],
    rules: {
      '@typescript-eslint/unbound-method': 'off', // Lit binds a template's listeners to their element
      'lit/no-template-arrow': 'off', // a listener in a list closes over its item
      'lit/no-template-map': 'off', // `map` reads as what it is; `repeat` where elements must keep their identity
      'lit/prefer-query-decorators': 'off', // a query may find nothing, and its type says so
      'wc/guard-super-call': 'off', // LitElement has every lifecycle method
    },
  },
  {
    files: ['scripts/**', 'test/**', '*.config.{js,ts}'],
    rules: { 'no-console': 'off' }, // they talk to a person at a terminal
  },
  {
    files: ['test/browser/**/*.ts'],
    rules: { '@typescript-eslint/no-unused-expressions': 'off' }, // chai's expect(x).to.be.true
  },
  {
    files: ['**/*.{js,mjs}'],
    // JavaScript has no type annotations: what comes from untyped packages is `any`, and tsc checks the rest.
    rules: {
      '@typescript-eslint/no-misused-promises': 'off', // test runners await what their types call void
      '@typescript-eslint/no-unsafe-argument': 'off',
      '@typescript-eslint/no-unsafe-assignment': 'off',
      '@typescript-eslint/no-unsafe-call': 'off',
      '@typescript-eslint/no-unsafe-member-access': 'off',
      '@typescript-eslint/no-unsafe-return': 'off',
    },
  },
);
