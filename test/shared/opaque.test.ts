import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ready, server } from '@serenity-kit/opaque';
import { equalBytes } from '../../shared/bytes.ts';
import { open, seal } from '../../shared/crypto/primitives.ts';
import { startRegistration, startSignIn } from '../../shared/crypto/opaque.ts';
import type { FinishedExchange } from '../../shared/crypto/opaque.ts';
import { passwordWrappingKey } from '../../shared/crypto/password-key.ts';
import { assertThrowsCode } from '../helpers/coded-errors.ts';

await ready;
const serverSetup = server.createSetup();
const ada = 'password:ada';
const password = 'correct horse battery staple';

async function register(userIdentifier: string, secret: string): Promise<FinishedExchange> {
  const { request, finish } = await startRegistration(secret);
  const { registrationResponse } = server.createRegistrationResponse({
    serverSetup,
    userIdentifier,
    registrationRequest: request,
  });
  return finish(registrationResponse);
}

/** The server's first answer, and its judgement of the client's proof. */
function challenge(
  userIdentifier: string,
  registrationRecord: string | undefined,
  startLoginRequest: string,
) {
  const started = server.startLogin({ serverSetup, userIdentifier, registrationRecord, startLoginRequest });
  return {
    response: started.loginResponse,
    proves: ({ message }: FinishedExchange): boolean => {
      const { serverLoginState } = started;
      return server.finishLogin({ serverLoginState, finishLoginRequest: message }).sessionKey !== '';
    },
  };
}

const registered = await register(ada, password);

describe('signing in', () => {
  it('proves the right password and makes the export key of registering again', async () => {
    const exchange = await startSignIn(password);
    const { response, proves } = challenge(ada, registered.message, exchange.request);
    const finished = exchange.finish(response);
    assert.equal(proves(finished), true);
    assert.equal(finished.exportKey.length, 64);
    assert.ok(equalBytes(finished.exportKey, registered.exportKey));
  });

  it('fails with a wrong password, an unknown name and another’s record alike', async () => {
    const exchange = await startSignIn('wrong password');
    const wrong = challenge(ada, registered.message, exchange.request).response;
    const unknown = challenge('password:nobody', undefined, exchange.request).response;
    const others = challenge('password:eve', registered.message, exchange.request).response;
    for (const response of [wrong, unknown, others]) {
      assert.equal(response.length, wrong.length);
      assertThrowsCode(() => exchange.finish(response), 'sign-in-failed');
    }
  });

  it('fails against a server that lost its setup', async () => {
    const exchange = await startSignIn(password);
    const { loginResponse } = server.startLogin({
      serverSetup: server.createSetup(),
      userIdentifier: ada,
      registrationRecord: registered.message,
      startLoginRequest: exchange.request,
    });
    assertThrowsCode(() => exchange.finish(loginResponse), 'sign-in-failed');
  });

  it('gives a coded error for answers that are none, never one of the library', async () => {
    const [registration, signIn] = await Promise.all([startRegistration(password), startSignIn(password)]);
    const { response } = challenge(ada, registered.message, signIn.request);
    for (const answer of ['', '!', 'AAAA', 'é', 'A'.repeat(86), 'A'.repeat(427)]) {
      assertThrowsCode(() => registration.finish(answer), 'malformed');
      assertThrowsCode(() => signIn.finish(answer), 'malformed');
    }
    for (let length = 1; length < response.length; length += 37) {
      assertThrowsCode(() => signIn.finish(response.slice(0, length)), 'malformed');
    }
  });

  it('fails when the server’s answer was changed on the way', async () => {
    const exchange = await startSignIn(password);
    const { response } = challenge(ada, registered.message, exchange.request);
    for (const place of [60, 300]) {
      const changed =
        response.slice(0, place) + (response[place] === 'A' ? 'B' : 'A') + response.slice(place + 1);
      assertThrowsCode(() => exchange.finish(changed), 'sign-in-failed', 'malformed');
    }
  });
});

describe('registering', () => {
  it('the same password twice gives records and export keys that have nothing in common', async () => {
    const again = await register(ada, password);
    assert.notEqual(again.message, registered.message);
    assert.equal(equalBytes(again.exportKey, registered.exportKey), false);
  });

  it('sends nothing that depends on the password alone', async () => {
    const [first, second] = await Promise.all([startRegistration(password), startRegistration(password)]);
    assert.notEqual(first.request, second.request);
    assert.ok(!registered.message.includes(Buffer.from(password).toString('base64url')));
  });
});

describe('the password’s wrapping key', () => {
  it('follows from the export key alone', async () => {
    const [first, again, other] = await Promise.all([
      passwordWrappingKey(registered.exportKey),
      passwordWrappingKey(registered.exportKey.slice()),
      passwordWrappingKey(new Uint8Array(64)),
    ]);
    const nonce = new Uint8Array(12);
    const nothing = new Uint8Array(0);
    const sealed = await seal(first, nonce, nothing, new Uint8Array([1, 2, 3]));
    assert.deepEqual(await open(again, nonce, nothing, sealed), new Uint8Array([1, 2, 3]));
    await assert.rejects(open(other, nonce, nothing, sealed));
    assert.equal(first.extractable, false);
  });
});
