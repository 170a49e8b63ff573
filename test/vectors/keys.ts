/** Keys: what is derived from vault and recovery keys, and wrapped keys. */
import { fromHex, toHex } from '../../shared/bytes.ts';
import { passwordWrappingKey } from '../../shared/crypto/password-key.ts';
import { deriveSealKey, importDerivationKey } from '../../shared/crypto/primitives.ts';
import type { SealKey } from '../../shared/crypto/primitives.ts';
import { newRecoveryWords, recoveryEntropy, recoverySecrets } from '../../shared/crypto/recovery-key.ts';
import { deriveVaultKeyring } from '../../shared/crypto/vault-keys.ts';
import { unwrapKey, wrapKey } from '../../shared/crypto/wrapped-key.ts';
import type { WrapContext } from '../../shared/crypto/wrapped-key.ts';
import type { VaultId } from '../../shared/ids.ts';
import { fixedRandom, vectorKind } from './vector.ts';

const VAULT_ID = 'a1'.repeat(16) as VaultId;
const ENTROPY = '0123456789abcdef'.repeat(4);
const WORDS = newRecoveryWords(fixedRandom(ENTROPY)).join(' ');

type DerivedInput =
  { readonly vaultKey: string } | { readonly recoveryKey: string } | { readonly words: string };

export const keys = vectorKind<DerivedInput>({
  file: 'keys.json',
  about:
    'FORMAT.md, Keys: the gear table of a vault key; the words and the OPAQUE password of a recovery key.',
  cases: [
    { name: 'a gear table', input: { vaultKey: '07'.repeat(32) } },
    { name: 'a recovery key', input: { recoveryKey: ENTROPY } },
    { name: 'a recovery key of zeros', input: { recoveryKey: '00'.repeat(32) } },
    { name: 'words, typed carelessly', input: { words: `  ${WORDS.toUpperCase().replaceAll(' ', '\n ')} ` } },
    { name: 'words with a wrong checksum', input: { words: WORDS.replace(/\w+$/, 'zoo') } },
    { name: 'words of which one is missing', input: { words: WORDS.replace(/ \w+$/, '') } },
  ],
  run: async (input) => {
    if ('vaultKey' in input) {
      const vaultKey = await importDerivationKey(fromHex(input.vaultKey));
      return { bytes: toHex((await deriveVaultKeyring(VAULT_ID, 1, vaultKey)).gearTable) };
    }
    if ('words' in input) return { bytes: toHex(recoveryEntropy(input.words)) };
    const words = newRecoveryWords(fixedRandom(input.recoveryKey));
    const { opaquePassword } = await recoverySecrets(recoveryEntropy(words.join(' ')));
    return { words: words.join(' '), opaquePassword };
  },
});

/** The three keys that wrap: OPAQUE's export key, the recovery key and the account key give one each. */
interface Wrapping {
  readonly exportKey?: string;
  readonly recoveryKey?: string;
  readonly accountKey?: string;
}

interface WrapInput {
  readonly wrapping: Wrapping;
  readonly context: WrapContext;
  /** What is wrapped, with this nonce; or what is to be unwrapped. */
  readonly key?: string;
  readonly nonce?: string;
  readonly wrapped?: string;
}

const EXPORT_KEY = { exportKey: 'e1'.repeat(64) };
const RECOVERY_KEY = { recoveryKey: ENTROPY };
const ACCOUNT_KEY = { accountKey: '0a'.repeat(32) };
const ACCOUNT_ID = 'a2'.repeat(16);
const KEY = '00112233445566778899aabbccddeeff'.repeat(2);
const NONCE = '0102030405060708090a0b0c';

const accountContext = {
  kind: 'account-key/password',
  owner: ACCOUNT_ID,
  keyId: ACCOUNT_ID,
  epoch: 0,
} as const;
const vaultContext = { kind: 'vault-key', owner: ACCOUNT_ID, keyId: VAULT_ID, epoch: 7 } as const;
const wrappedVaultKey = toHex(
  await wrapKey(await wrappingKeyOf(ACCOUNT_KEY), vaultContext, fromHex(KEY), fixedRandom(NONCE)),
);

function refused(
  name: string,
  wrapped: string,
  context: Partial<WrapContext> = {},
): { name: string; input: WrapInput } {
  return { name, input: { wrapping: ACCOUNT_KEY, context: { ...vaultContext, ...context }, wrapped } };
}

export const wrappedKeys = vectorKind<WrapInput>({
  file: 'wrapped-keys.json',
  about:
    'FORMAT.md, Wrapped keys. The wrapping key is the one that FORMAT.md derives from what `wrapping` names.',
  cases: [
    {
      name: 'an account key under a password',
      input: { wrapping: EXPORT_KEY, context: accountContext, key: KEY, nonce: NONCE },
    },
    {
      name: 'an account key under a recovery key',
      input: {
        wrapping: RECOVERY_KEY,
        context: { ...accountContext, kind: 'account-key/recovery' },
        key: KEY,
        nonce: NONCE,
      },
    },
    { name: 'a vault key', input: { wrapping: ACCOUNT_KEY, context: vaultContext, key: KEY, nonce: NONCE } },
    refused('as another kind', wrappedVaultKey, { kind: 'account-key/password' }),
    refused('as another owner’s', wrappedVaultKey, { owner: 'a3'.repeat(16) }),
    refused('as another key', wrappedVaultKey, { keyId: 'a3'.repeat(16) }),
    refused('of another epoch', wrappedVaultKey, { epoch: 6 }),
    refused(
      'with a bit changed',
      `${wrappedVaultKey.slice(0, -1)}${wrappedVaultKey.endsWith('0') ? '1' : '0'}`,
    ),
    refused('cut short', wrappedVaultKey.slice(0, -2)),
    refused('with a byte behind it', `${wrappedVaultKey}00`),
    refused('of version 2', `02${wrappedVaultKey.slice(2)}`),
    refused('nothing', ''),
  ],
  run: async ({ wrapping, context, key, nonce, wrapped }) => {
    const wrappingKey = await wrappingKeyOf(wrapping);
    if (key === undefined || nonce === undefined) {
      return { bytes: toHex(await unwrapKey(wrappingKey, context, fromHex(wrapped ?? ''))) };
    }
    const made = await wrapKey(wrappingKey, context, fromHex(key), fixedRandom(nonce));
    return { bytes: toHex(made), unwrapped: toHex(await unwrapKey(wrappingKey, context, made)) };
  },
});

async function wrappingKeyOf({ exportKey, recoveryKey, accountKey }: Wrapping): Promise<SealKey> {
  if (exportKey !== undefined) return passwordWrappingKey(fromHex(exportKey));
  if (recoveryKey !== undefined) return (await recoverySecrets(fromHex(recoveryKey))).wrappingKey;
  return deriveSealKey(await importDerivationKey(fromHex(accountKey ?? '')), 'holdfast/v1/vault-key');
}
