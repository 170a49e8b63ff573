/**
 * The services of an open vault: made when it opens, closed when it is locked. The engine hands the page's
 * calls on to them.
 */
import { Backups } from './backup/backups.ts';
import { History } from './history/history.ts';
import { Previews } from './preview/previews.ts';
import { Restores } from './restore/restores.ts';
import { Retention } from './retention/retention.ts';
import type { ServiceContext } from './service-context.ts';
import { SourceBook } from './sources/source-book.ts';
import { Sources } from './sources/sources.ts';
import type { OpenVault } from './vault/open-vault.ts';
import { Verification } from './verify/verification.ts';

export interface VaultServices {
  readonly vault: OpenVault;
  readonly backups: Backups;
  readonly restores: Restores;
  readonly sources: Sources;
  readonly retention: Retention;
  readonly history: History;
  readonly verification: Verification;
  readonly previews: Previews;
  close(): void;
}

export function openServices(context: ServiceContext): VaultServices {
  const { vault } = context;
  const book = new SourceBook(context);
  const retention = new Retention(context, async (sourceId) => (await book.settings(sourceId)).retention);
  const backups = new Backups(context, async (sourceId) => retention.apply(sourceId));
  const sources = new Sources(context, book, backups);
  void sources.runSchedules(vault.signal);
  return {
    vault,
    backups,
    restores: new Restores(context),
    sources,
    retention,
    history: new History(context),
    verification: new Verification(context),
    previews: new Previews(context),
    close: () => {
      vault.close();
    },
  };
}
