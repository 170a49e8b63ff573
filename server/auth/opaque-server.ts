/**
 * The server's half of OPAQUE (RFC 9807): the password never comes here, nor anything that it could be
 * guessed from by watching the wire. The setup is the server's long-term secret; whoever loses it
 * loses every sign-in, so it is made once and kept in a file of its own.
 */
import * as opaque from '@serenity-kit/opaque';
import { HoldfastError } from '../../shared/errors.ts';
import type { CredentialKind } from '../../shared/wire/messages.ts';

/** Whose credential it is: part of what the credential is bound to. */
export interface CredentialOwner {
  readonly kind: CredentialKind;
  readonly foldedName: string;
}

export class OpaqueServer {
  readonly #setup: string;
  /** A sign-in request of nobody, to try records with. */
  readonly #probeRequest: string;

  private constructor(setup: string) {
    this.#setup = setup;
    this.#probeRequest = opaque.client.startLogin({ password: 'probe' }).startLoginRequest;
  }

  /** `loadSetup` gives the kept setup, or keeps the one that it is offered. */
  static async create(loadSetup: (make: () => string) => string): Promise<OpaqueServer> {
    await opaque.ready;
    return new OpaqueServer(loadSetup(() => opaque.server.createSetup()));
  }

  /** Throws `malformed` for a request that is none. */
  registrationResponse(owner: CredentialOwner, registrationRequest: string): string {
    const make = () =>
      opaque.server.createRegistrationResponse({
        serverSetup: this.#setup,
        userIdentifier: userIdentifier(owner),
        registrationRequest,
      });
    return orMalformed(make).registrationResponse;
  }

  /** Throws `malformed` for a registration record that no sign-in could use. */
  checkRecord(owner: CredentialOwner, record: string): void {
    this.startLogin(owner, record, this.#probeRequest);
  }

  /**
   * Without a record (nobody has the name) the answer looks and takes as long as with one; only
   * `finishLogin` fails. Throws `malformed`.
   */
  startLogin(owner: CredentialOwner, record: string | undefined, request: string) {
    const make = () =>
      opaque.server.startLogin({
        serverSetup: this.#setup,
        userIdentifier: userIdentifier(owner),
        registrationRecord: record,
        startLoginRequest: request,
      });
    const { serverLoginState, loginResponse } = orMalformed(make);
    return { state: serverLoginState, response: loginResponse };
  }

  /** Whether the client has proved that it knows the password. */
  finishLogin(state: string, finish: string): boolean {
    try {
      opaque.server.finishLogin({ serverLoginState: state, finishLoginRequest: finish });
      return true;
    } catch {
      return false; // a wrong proof and a malformed one must look alike
    }
  }
}

function userIdentifier({ kind, foldedName }: CredentialOwner): string {
  return `${kind}:${foldedName}`;
}

function orMalformed<T>(make: () => T): T {
  try {
    return make();
  } catch (cause) {
    throw new HoldfastError('malformed', { detail: 'sign-in message', cause });
  }
}
