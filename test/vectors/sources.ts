/** What backups keep of sources: digests of small files, and settings. */
import assert from 'node:assert/strict';
import { fromHex, toHex } from '../../shared/bytes.ts';
import { contentDigester } from '../../shared/crypto/content-digest.ts';
import { importDerivationKey } from '../../shared/crypto/primitives.ts';
import { deriveVaultKeyring } from '../../shared/crypto/vault-keys.ts';
import { decodeSettings, encodeSettings } from '../../shared/format/source-settings.ts';
import type { StoredSettings } from '../../shared/format/source-settings.ts';
import type { VaultId } from '../../shared/ids.ts';
import { contentBytes, vectorKind } from './vector.ts';
import type { Content } from './vector.ts';

const VAULT_KEY = '07'.repeat(32);

export const contentDigests = vectorKind<{ readonly vaultKey: string; readonly content: Content }>({
  file: 'content-digests.json',
  about: 'FORMAT.md, Content digests: of a small file’s content, under the digest key of a vault key.',
  cases: [
    { name: 'one byte', input: { vaultKey: VAULT_KEY, content: { hex: '61' } } },
    { name: 'under another key', input: { vaultKey: '08'.repeat(32), content: { hex: '61' } } },
    { name: 'a block of BLAKE3', input: { vaultKey: VAULT_KEY, content: { zeros: 1_024 } } },
    { name: 'a byte more', input: { vaultKey: VAULT_KEY, content: { zeros: 1_025 } } },
    {
      name: 'as long as a small file can be',
      input: { vaultKey: VAULT_KEY, content: { sha256Counter: { seed: 1, lengthBytes: 131_071 } } },
    },
  ],
  run: async ({ vaultKey, content }) => {
    const key = await importDerivationKey(fromHex(vaultKey));
    const { digestKey } = await deriveVaultKeyring('a1'.repeat(16) as VaultId, 1, key);
    return { digest: (await contentDigester(digestKey))(contentBytes(content)) };
  },
});

const PLAIN: StoredSettings = {
  rules: [],
  compress: true,
  fixedSize: false,
  schedule: { kind: 'manual' },
  retention: {},
};
const PLAIN_BYTES = toHex(encodeSettings(PLAIN));

type SettingsInput = { readonly settings: StoredSettings } | { readonly bytes: string };

export const sourceSettings = vectorKind<SettingsInput>({
  file: 'source-settings.json',
  about: 'FORMAT.md, Source settings. `bytes` are read.',
  cases: [
    { name: 'everything, by hand, kept for good', input: { settings: PLAIN } },
    {
      name: 'all that can be set',
      input: {
        settings: {
          rules: ['node_modules/', '*.tmp', '# caché'],
          compress: false,
          fixedSize: true,
          schedule: { kind: 'daily', minuteOfDay: 1_439 },
          retention: { last: 1, hourly: 2, daily: 3, weekly: 4, monthly: 5, yearly: 6, withinMs: 2 ** 40 },
        },
      },
    },
    {
      name: 'some of what can be kept',
      input: { settings: { ...PLAIN, schedule: { kind: 'on-change' }, retention: { daily: 7 } } },
    },
    {
      name: 'more rules than a snapshot carries',
      input: { settings: { ...PLAIN, rules: Array(9).fill('r'.repeat(1_000)) } },
    },
    { name: 'read: of version 2', input: { bytes: `02${PLAIN_BYTES.slice(2)}` } },
    { name: 'read: nothing', input: { bytes: '' } },
    { name: 'read: cut short', input: { bytes: PLAIN_BYTES.slice(0, -2) } },
    { name: 'read: a byte behind the end', input: { bytes: `${PLAIN_BYTES}00` } },
    {
      name: 'read: an unknown schedule',
      input: { bytes: '0100000000' + '0100' + '04' + '0000' + '00'.repeat(7) },
    },
    {
      name: 'read: a minute without a day',
      input: { bytes: '0100000000' + '0100' + '00' + '0100' + '00'.repeat(7) },
    },
    {
      name: 'read: a minute after the day',
      input: { bytes: '0100000000' + '0100' + '02' + 'a005' + '00'.repeat(7) },
    },
  ],
  run: async (input) => {
    if ('bytes' in input) return Promise.resolve({ settings: decodeSettings(fromHex(input.bytes)) });
    const bytes = encodeSettings(input.settings);
    assert.deepEqual(decodeSettings(bytes), input.settings);
    return { bytes: toHex(bytes) };
  },
});
