/**
 * The client's half of OPAQUE (RFC 9807). Passwords and recovery secrets are proved without the server
 * ever getting anything that can be guessed offline from the wire. Base64url texts travel as they are.
 */
import { client, ready } from '@serenity-kit/opaque';
import { HoldfastError } from '../errors.ts';
import { fromBase64Url } from '../bytes.ts';

/**
 * Argon2id (RFC 9106) over the OPAQUE output: 128 MiB is the most that phones' browsers grant reliably;
 * three passes as in RFC 9106's memory-constrained choice. Stored registrations depend on it.
 */
const PASSWORD_STRETCHING = {
  'argon2id-custom': { iterations: 3, memory: 131_072, parallelism: 4 },
} as const;

export type ExchangeKind = 'registration' | 'sign-in';

export interface Exchange {
  /** The first message, for the server. */
  readonly request: string;
  /** Takes the server's answer. */
  readonly finish: (response: string) => FinishedExchange;
}

export interface FinishedExchange {
  /** The last message, for the server: the record to register, or the proof of the password. */
  readonly message: string;
  /** 64 bytes that only who knows the password can make again. */
  readonly exportKey: Uint8Array<ArrayBuffer>;
}

/** Starts an exchange of `kind` for `password`; see `startRegistration` and `startSignIn`. */
export async function startExchange(kind: ExchangeKind, password: string): Promise<Exchange> {
  return kind === 'sign-in' ? startSignIn(password) : startRegistration(password);
}

/** Registers `password`; `finish` throws `malformed` for an answer that is none. */
export async function startRegistration(password: string): Promise<Exchange> {
  await ready;
  const started = client.startRegistration({ password });
  return {
    request: started.registrationRequest,
    finish: (registrationResponse) => {
      const result = orMalformed(() =>
        client.finishRegistration({
          password,
          registrationResponse,
          clientRegistrationState: started.clientRegistrationState,
          keyStretching: PASSWORD_STRETCHING,
        }),
      );
      return { message: result.registrationRecord, exportKey: fromBase64Url(result.exportKey) };
    },
  };
}

/**
 * Proves `password`; `finish` throws `sign-in-failed` if it is wrong or the name is unknown, `malformed` for
 * an answer that is none.
 */
export async function startSignIn(password: string): Promise<Exchange> {
  await ready;
  const started = client.startLogin({ password });
  return {
    request: started.startLoginRequest,
    finish: (loginResponse) => {
      const result = orMalformed(() =>
        client.finishLogin({
          password,
          loginResponse,
          clientLoginState: started.clientLoginState,
          keyStretching: PASSWORD_STRETCHING,
        }),
      );
      if (result === undefined) throw new HoldfastError('sign-in-failed');
      return { message: result.finishLoginRequest, exportKey: fromBase64Url(result.exportKey) };
    },
  };
}

/** The library throws errors of its own for what it can't read. */
function orMalformed<T>(finish: () => T): T {
  try {
    return finish();
  } catch (cause) {
    throw new HoldfastError('malformed', { detail: 'sign-in answer', cause });
  }
}
