/** Everything that is kept, over any blob store and any catalog. */
import { checksum } from '../checksum.ts';
import type { VaultId } from '../../shared/ids.ts';
import type { Clock, RandomBytes } from '../ports.ts';
import { readPage } from './damage.ts';
import { GroupCommit } from './group-commit.ts';
import type {
  Account,
  AccountCatalog,
  BlobStore,
  Catalog,
  InviteCatalog,
  SessionCatalog,
  Store,
} from './ports.ts';
import { encodeAccountBody } from './record-bodies.ts';
import type { Upkeep } from './upkeep-ports.ts';
import { StoreVault } from './vault.ts';
import type { VaultParts } from './vault.ts';
import { VaultQuota } from './vault-quota.ts';

export interface StoreParts {
  readonly blobs: BlobStore;
  readonly catalog: Catalog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  /** What each vault may hold; 0 or absent: no limit. */
  readonly vaultQuotaBytes?: number;
  /** Resolves after the time from sync to sync where much comes in; absent: the disk alone sets the pace. */
  readonly syncInterval?: () => Promise<void>;
}

export class RecordStore implements Store {
  readonly upkeep: Upkeep;
  readonly #parts: VaultParts;
  readonly #quotaBytes: number;
  readonly #vaults = new Map<VaultId, Promise<StoreVault>>();

  constructor(parts: StoreParts) {
    const { blobs, catalog } = parts;
    const commits = new GroupCommit(blobs, catalog, parts.syncInterval);
    this.#quotaBytes = parts.vaultQuotaBytes ?? 0;
    this.#parts = { ...parts, commits };
    this.upkeep = {
      blobs,
      catalog,
      vault: async (vaultId) => (await this.openVault(vaultId)).upkeep,
      write: (append) => commits.write(append),
      readPage: (place) => readPage(blobs, place),
    };
  }

  get accounts(): AccountCatalog {
    return this.#parts.catalog.accounts;
  }

  get sessions(): SessionCatalog {
    return this.#parts.catalog.sessions;
  }

  get invites(): InviteCatalog {
    return this.#parts.catalog.invites;
  }

  openVault(vaultId: VaultId): Promise<StoreVault> {
    let vault = this.#vaults.get(vaultId);
    if (vault === undefined) {
      vault = this.#load(vaultId);
      this.#vaults.set(vaultId, vault);
    }
    return vault;
  }

  async putAccount(account: Account): Promise<void> {
    const { blobs, commits } = this.#parts;
    const body = encodeAccountBody(account);
    const { accountId, revision, vault } = account;
    const head = {
      type: 'account',
      vaultId: vault.vaultId,
      accountId,
      revision,
      bodyChecksum: checksum(body),
    } as const;
    await commits.write(() => {
      return { type: 'account', account, place: blobs.append(head, body) };
    });
  }

  async close(): Promise<void> {
    await this.#parts.commits.idle();
    this.#parts.blobs.close();
    this.#parts.catalog.close();
  }

  async #load(vaultId: VaultId): Promise<StoreVault> {
    try {
      const { vaults } = this.#parts.catalog;
      const storedBytes = async () => (await vaults.totals(vaultId)).storedBytes;
      const nowBytes = this.#quotaBytes === 0 ? 0 : await storedBytes();
      const quota = new VaultQuota(this.#quotaBytes, nowBytes, storedBytes);
      return new StoreVault(vaultId, await vaults.headSeq(vaultId), { ...this.#parts, quota });
    } catch (error) {
      this.#vaults.delete(vaultId); // the next one asks again
      throw error;
    }
  }
}
