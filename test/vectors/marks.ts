/** Mark statements: what a device says of a snapshot. */
import assert from 'node:assert/strict';
import { fromHex, toHex } from '../../shared/bytes.ts';
import { importDerivationKey } from '../../shared/crypto/primitives.ts';
import { deriveVaultKeyring, keyringsOf } from '../../shared/crypto/vault-keys.ts';
import { makeMarkStatement, openMarkStatement } from '../../shared/format/mark-statement.ts';
import type { MarkStatement } from '../../shared/format/mark-statement.ts';
import type { SnapshotId, VaultId } from '../../shared/ids.ts';
import { vectorKind } from './vector.ts';

interface StatementInput {
  readonly vaultKey: string;
  readonly vaultId: string;
  readonly epoch: number;
  readonly snapshotId: string;
  /** What is said, or the bytes of what was. */
  readonly said?: {
    readonly revision: number;
    readonly mark: string;
    readonly link: string;
    readonly predecessor: string;
  };
  readonly statement?: string;
}

const VAULT = {
  vaultKey: '07'.repeat(32),
  vaultId: 'a1'.repeat(16),
  epoch: 3,
  snapshotId: 'a4'.repeat(16),
} as const;
const SAID = { revision: 258, mark: 'trashed', link: 'b1'.repeat(32), predecessor: 'b2'.repeat(32) } as const;
const STATEMENT = toHex(await made({ ...VAULT, said: SAID }));

export const markStatements = vectorKind<StatementInput>({
  file: 'mark-statements.json',
  about: 'FORMAT.md, Mark statements.',
  cases: [
    { name: 'moved to the trash', input: { ...VAULT, said: SAID } },
    { name: 'pinned', input: { ...VAULT, said: { ...SAID, revision: 1, mark: 'pinned' } } },
    { name: 'kept', input: { ...VAULT, said: { ...SAID, revision: 2, mark: 'kept' } } },
    { name: 'opened', input: { ...VAULT, statement: STATEMENT } },
    {
      name: 'about another snapshot',
      input: { ...VAULT, snapshotId: 'a5'.repeat(16), statement: STATEMENT },
    },
    { name: 'in another vault', input: { ...VAULT, vaultId: 'a2'.repeat(16), statement: STATEMENT } },
    { name: 'without its epoch', input: { ...VAULT, epoch: 4, statement: STATEMENT } },
    { name: 'of version 2', input: { ...VAULT, statement: `02${STATEMENT.slice(2)}` } },
    { name: 'with its last byte cut off', input: { ...VAULT, statement: STATEMENT.slice(0, -2) } },
    { name: 'too short for anything', input: { ...VAULT, statement: '01' } },
  ],
  run: async (input) => {
    const keyrings = keyringsOf([await keyringOf(input)]);
    const bytes = input.statement === undefined ? await made(input) : fromHex(input.statement);
    const opened = await openMarkStatement(keyrings, input.snapshotId as SnapshotId, bytes);
    const said = { ...opened, link: toHex(opened.link), predecessor: toHex(opened.predecessor) };
    if (input.said === undefined) return { said };
    assert.deepEqual(said, input.said);
    return { bytes: toHex(bytes) };
  },
});

async function keyringOf({ vaultKey, vaultId, epoch }: StatementInput) {
  return deriveVaultKeyring(vaultId as VaultId, epoch, await importDerivationKey(fromHex(vaultKey)));
}

async function made(input: StatementInput): Promise<Uint8Array<ArrayBuffer>> {
  const { link, predecessor, ...others } = { ...SAID, ...input.said };
  const said = { ...others, link: fromHex(link), predecessor: fromHex(predecessor) };
  return makeMarkStatement(await keyringOf(input), input.snapshotId as SnapshotId, said as MarkStatement);
}
