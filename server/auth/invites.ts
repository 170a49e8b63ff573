/** Invitations: one-time tokens that let someone make an account. Only their hashes are kept. */
import { HoldfastError } from '../../shared/errors.ts';
import type { Clock, RandomBytes } from '../ports.ts';
import type { InviteCatalog, InviteRow } from '../store/ports.ts';
import { hashToken, newToken, tokenText } from './tokens.ts';

export interface InvitesOptions {
  readonly catalog: InviteCatalog;
  readonly clock: Clock;
  readonly random: RandomBytes;
  readonly lifetimeMs: number;
}

export class Invites {
  readonly #options: InvitesOptions;

  constructor(options: InvitesOptions) {
    this.#options = options;
  }

  /** For a new user. */
  async create(): Promise<{ readonly inviteToken: string; readonly expiresAtMs: number }> {
    const { catalog, clock, random, lifetimeMs } = this.#options;
    const token = newToken(random);
    const expiresAtMs = clock.nowMs() + lifetimeMs;
    await catalog.add({ tokenHash: hashToken(token), role: 'user', expiresAtMs });
    return { inviteToken: tokenText(token), expiresAtMs };
  }

  /** For the first administrator: the token, in place of any earlier one. */
  async createFirstRun(): Promise<string> {
    const token = newToken(this.#options.random);
    const row = { tokenHash: hashToken(token), role: 'admin', expiresAtMs: undefined } as const;
    await this.#options.catalog.replaceFirstRun(row);
    return tokenText(token);
  }

  /** The invitation of a token that may be used now. Throws `invite-invalid`. */
  async check(inviteToken: string): Promise<InviteRow> {
    const invite = await this.#options.catalog.find(hashToken(inviteToken));
    const expired = (invite?.expiresAtMs ?? Infinity) <= this.#options.clock.nowMs();
    if (invite === undefined || expired) throw new HoldfastError('invite-invalid');
    return invite;
  }

  async removeExpired(): Promise<number> {
    return this.#options.catalog.removeExpired(this.#options.clock.nowMs());
  }
}
