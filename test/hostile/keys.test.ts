/**
 * A server that passes off keys: another secret of its own, another account's, kind's, vault's or epoch's wrapped keys,
 * none or two of an epoch. No device takes one up, and none that was signed in is worse off.
 */
import assert from 'node:assert/strict';
import { before, describe, it } from 'node:test';
import { server as opaque } from '@serenity-kit/opaque';
import { deriveSealKey, importDerivationKey, secureRandom } from '../../shared/crypto/primitives.ts';
import { wrapKey } from '../../shared/crypto/wrapped-key.ts';
import type { ErrorCode } from '../../shared/errors.ts';
import { randomId } from '../../shared/ids.ts';
import type { AccountId, DeviceId, VaultId } from '../../shared/ids.ts';
import { Account } from '../../web/worker/account/account.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';
import { suiteCleanUp } from '../helpers/suite-clean-up.ts';
import { AccountServer } from './account-server.ts';
import type { AccountLies, MessageOf } from './account-server.ts';
import { runOpaque } from '../worker/engine-ports.ts';
import { watchedLink } from './watched-link.ts';

const NAME = 'ada';
const PASSWORD = 'Violett blühn die Disteln 7';
const DEVICE = 'dd'.repeat(16) as DeviceId;
const OTHER = 'ee'.repeat(16);

/** A key of the server's own making, wrapped as well as it can. */
async function planted(account: MessageOf<'create-account'>): Promise<Uint8Array> {
  const ownKey = await deriveSealKey(await importDerivationKey(new Uint8Array(32)), 'holdfast/v1/vault-key');
  const context = {
    kind: 'vault-key',
    owner: account.accountId,
    keyId: account.vault.vaultId,
    epoch: 1,
  } as const;
  return wrapKey(ownKey, context, new Uint8Array(32), secureRandom);
}

describe('a server that passes off keys', () => {
  const suite = suiteCleanUp();
  let hostile: AccountServer;
  let account: Account;
  let recoveryWords: readonly string[];
  let plantedKey: Uint8Array;

  before(async () => {
    hostile = await AccountServer.create();
    const { link, online } = await watchedLink(suite, hostile.script);
    await online();
    account = new Account(link, secureRandom, runOpaque);
    const prepared = await account.prepare({ inviteToken: '', name: NAME, password: PASSWORD });
    ({ recoveryWords } = prepared);
    await account.create(prepared);
    plantedKey = await planted(prepared.message);
  });

  async function assertRefused(lies: AccountLies, ...codes: readonly ErrorCode[]): Promise<void> {
    hostile.lies = lies;
    await assertRejectsCode(account.signIn(NAME, PASSWORD, DEVICE), ...codes);
  }

  it('is believed while it tells the truth', async () => {
    hostile.lies = {};
    const session = await account.signIn(NAME, PASSWORD, DEVICE);
    assert.deepEqual(
      session.vaultKeys.map(({ epoch, key }) => [epoch, key.extractable]),
      [[1, false]],
    );
  });

  it('can’t put another secret of its own in the place of the one that the account was made with', async () => {
    await assertRefused({ setup: opaque.createSetup() }, 'sign-in-failed');
  });

  it('can’t answer a sign-in with nonsense that does anything but fail', async () => {
    for (const challenge of [() => '', () => 'A'.repeat(400), (response: string) => response.slice(3)])
      await assertRefused({ challenge }, 'malformed', 'sign-in-failed');
  });

  it('can’t pass off the account key of another account, of the recovery key, or a vault’s key', async () => {
    const accountId = OTHER as AccountId;
    await assertRefused({ signedIn: (truth) => ({ ...truth, accountId }) }, 'seal-broken');
    await assertRefused(
      {
        signedIn: (truth, { credentials }) => {
          const recovery = credentials.find(({ kind }) => kind === 'recovery');
          return { ...truth, wrappedAccountKey: recovery?.wrappedAccountKey ?? new Uint8Array() };
        },
      },
      'seal-broken',
    );
    await assertRefused(
      {
        signedIn: (truth) => {
          const [key] = truth.vault.keys;
          return { ...truth, wrappedAccountKey: key?.wrappedVaultKey ?? new Uint8Array() };
        },
      },
      'seal-broken',
    );
  });

  it('can’t pass off the key of another vault or epoch, or one that it made', async () => {
    const vaultId = OTHER as VaultId;
    await assertRefused(
      { signedIn: (truth) => ({ ...truth, vault: { ...truth.vault, vaultId } }) },
      'seal-broken',
    );
    const withKeys = (keys: (own: Uint8Array) => AccountKeys): AccountLies => ({
      signedIn: (truth) => {
        const own = truth.vault.keys[0]?.wrappedVaultKey ?? new Uint8Array();
        return { ...truth, vault: { ...truth.vault, keys: keys(own) } };
      },
    });
    await assertRefused(
      withKeys((wrappedVaultKey) => [{ epoch: 2, wrappedVaultKey }]),
      'seal-broken',
    );
    await assertRefused(
      withKeys((own) => [
        { epoch: 1, wrappedVaultKey: own },
        { epoch: 2, wrappedVaultKey: plantedKey },
      ]),
      'seal-broken',
    );
  });

  it('can’t leave a device with a session that opens nothing', async () => {
    const keysOf = (count: number): AccountLies => ({
      signedIn: (truth) => ({
        ...truth,
        vault: { ...truth.vault, keys: Array.from({ length: count }, () => truth.vault.keys).flat() },
      }),
    });
    await assertRefused(keysOf(0), 'malformed');
    await assertRefused(keysOf(2), 'malformed');
  });

  it('can’t downgrade how a key is wrapped', async () => {
    const version = (byte: number): AccountLies => ({
      signedIn: (truth) => ({
        ...truth,
        wrappedAccountKey: Uint8Array.from([byte, ...truth.wrappedAccountKey.slice(1)]),
      }),
    });
    await assertRefused(version(0), 'format-unsupported');
  });

  it('can’t have a person set a new password for a key that isn’t theirs', async () => {
    hostile.lies = { signedIn: (truth) => ({ ...truth, accountId: randomId<AccountId>(secureRandom) }) };
    const changed = { name: NAME, currentPassword: PASSWORD, newPassword: `${PASSWORD} neu` };
    await assertRejectsCode(account.changePassword(changed, DEVICE), 'seal-broken');
    const recovered = { name: NAME, recoveryWords: recoveryWords.join(' '), newPassword: `${PASSWORD} neu` };
    await assertRejectsCode(account.recover(recovered, DEVICE), 'seal-broken');
    assert.deepEqual(hostile.replaced, []);
  });
});

type AccountKeys = MessageOf<'create-account'>['vault']['keys'];
