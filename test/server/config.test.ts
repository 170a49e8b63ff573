import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { environmentVariable, loadConfig } from '../../server/config.ts';
import { HoldfastError } from '../../shared/errors.ts';
import { SERVER_VERSION } from '../../server/version.ts';
import { tempDir } from '../helpers/temp-dir.ts';
import type { CleanUp } from '../helpers/temp-dir.ts';

/** What is said about a configuration that is refused. */
function refusalOf(environment: Record<string, string>): string {
  try {
    loadConfig(environment);
  } catch (error) {
    assert.ok(error instanceof HoldfastError && error.code === 'config-invalid');
    return error.detail ?? '';
  }
  return 'accepted';
}

async function configFile(t: CleanUp, content: unknown): Promise<string> {
  const path = join(await tempDir(t), 'holdfast.json');
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}

test('with nothing set, the server runs on this machine alone', () => {
  const { host, port, dataDir, webDir } = loadConfig({ PATH: '/usr/bin' });
  assert.deepEqual(
    { host, port, dataDir, webDir },
    { host: 'localhost', port: 8787, dataDir: './data', webDir: './dist/web' },
  );
});

test('each key of the file has its variable, which wins', async (t) => {
  const HOLDFAST_CONFIG = await configFile(t, { port: 1_000, dataDir: '/from/file', trustProxy: true });
  const config = loadConfig({
    HOLDFAST_CONFIG,
    HOLDFAST_PORT: '2000',
    HOLDFAST_TRUST_PROXY: 'false',
    HOLDFAST_ALLOWED_ORIGINS: 'https://a.example, https://b.example:8443',
  });
  assert.equal(config.port, 2_000);
  assert.equal(config.dataDir, '/from/file');
  assert.equal(config.trustProxy, false);
  assert.deepEqual(config.allowedOrigins, ['https://a.example', 'https://b.example:8443']);
  assert.equal(environmentVariable('maxConnectionsPerAddress'), 'HOLDFAST_MAX_CONNECTIONS_PER_ADDRESS');
});

for (const [what, content, sentence] of [
  ['an unknown key', { prot: 1 }, 'The configuration key "prot" is none of Holdfast\'s.'],
  ['a wrong type', { port: '8787' }, 'The configuration\'s "port" must be a number.'],
  ['a number out of bounds', { port: 70_000 }, 'The configuration\'s "port" must be at most 65535.'],
  ['a fraction', { port: 1.5 }, 'The configuration\'s "port" must be a whole number.'],
  ['an empty text', { dataDir: '' }, 'The configuration\'s "dataDir" must not be empty.'],
  [
    'an unknown choice',
    { logLevel: 'loud' },
    'The configuration\'s "logLevel" must be one of debug, info, warn, error, silent.',
  ],
  [
    'an origin with a path',
    { allowedOrigins: ['https://a.example/'] },
    'The configuration\'s "allowedOrigins" must be origins, as https://backup.example.org.',
  ],
  ['half of a TLS pair', { tlsCertFile: '/x' }, 'tlsCertFile and tlsKeyFile go together: set both or none.'],
  [
    'an unreadable certificate',
    { tlsCertFile: '/nowhere/cert', tlsKeyFile: '/nowhere/key' },
    'The configuration\'s "tlsCertFile" names /nowhere/cert, which can\'t be read.',
  ],
] as const) {
  test(`${what} in the file is refused by name`, async (t) => {
    assert.equal(refusalOf({ HOLDFAST_CONFIG: await configFile(t, content) }), sentence);
  });
}

test('a file that is no JSON, no object, or not there is refused by name', async (t) => {
  for (const [content, reason] of [
    ['{', 'is not JSON.'],
    ['[]', 'must hold one JSON object.'],
    ['null', 'must hold one JSON object.'],
  ] as const) {
    const HOLDFAST_CONFIG = await configFile(t, content);
    assert.equal(refusalOf({ HOLDFAST_CONFIG }), `The configuration file ${HOLDFAST_CONFIG} ${reason}`);
  }
  assert.equal(
    refusalOf({ HOLDFAST_CONFIG: '/nowhere.json' }),
    "The configuration file /nowhere.json can't be read.",
  );
});

test('an unknown or wrong variable is refused by name', () => {
  assert.equal(
    refusalOf({ HOLDFAST_PROT: '1' }),
    "The environment variable HOLDFAST_PROT is none of Holdfast's.",
  );
  assert.equal(refusalOf({ HOLDFAST_PORT: 'x' }), "The configuration's HOLDFAST_PORT must be a number.");
  assert.equal(
    refusalOf({ HOLDFAST_TRUST_PROXY: 'yes' }),
    "The configuration's HOLDFAST_TRUST_PROXY must be true or false.",
  );
});

test('the server’s version is the package’s', () => {
  const packageFile = fileURLToPath(new URL('../../package.json', import.meta.url));
  assert.equal(
    (JSON.parse(readFileSync(packageFile, 'utf8')) as { version: string }).version,
    SERVER_VERSION,
  );
});

/** Runs a built command of the server to its end. */
async function run(t: CleanUp, command: 'main' | 'rebuild', env: Record<string, string>) {
  const file = fileURLToPath(new URL(`../../dist/node/server/${command}.js`, import.meta.url));
  const cwd = await tempDir(t);
  return spawnSync(process.execPath, [file], {
    cwd,
    env: { ...env, PATH: '/usr/bin:/bin' },
    encoding: 'utf8',
    timeout: 20_000,
  });
}

test('a server with a wrong configuration says one sentence and ends with code 1', async (t) => {
  const { status, stderr, stdout } = await run(t, 'main', { HOLDFAST_PORT: 'x' });
  assert.deepEqual(
    [status, stderr, stdout],
    [1, "The configuration's HOLDFAST_PORT must be a number.\n", ''],
  );
});

test('a server whose data folder can’t be made says so', async (t) => {
  const file = await configFile(t, {});
  const { status, stderr } = await run(t, 'main', {
    HOLDFAST_PORT: '0',
    HOLDFAST_DATA_DIR: join(file, 'data'),
  });
  assert.equal(status, 1);
  assert.match(stderr, /^The data folder .*\/holdfast\.json\/data can't be made or written to\.\n$/);
});

test('a rebuild of an empty folder finds nothing, and says so', async (t) => {
  const { status, stdout } = await run(t, 'rebuild', { HOLDFAST_DATA_DIR: await tempDir(t) });
  assert.equal(status, 0);
  assert.match(stdout, /^Index made anew from 0 records:\n {2}accounts {9}0\n/);
});
