/**
 * The services of an open vault: made when it opens, closed when it is locked. The engine hands the page's
 * calls on to them.
 */
import { Backups } from './backup/backups.ts';
import { Restores } from './restore/restores.ts';
import type { ServiceContext } from './service-context.ts';
import type { OpenVault } from './vault/open-vault.ts';

export interface VaultServices {
  readonly vault: OpenVault;
  readonly backups: Backups;
  readonly restores: Restores;
  close(): void;
}

export function openServices(context: ServiceContext): VaultServices {
  const { vault } = context;
  return {
    vault,
    backups: new Backups(context),
    restores: new Restores(context),
    close: () => {
      vault.close();
    },
  };
}
