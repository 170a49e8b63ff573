/** An OPAQUE exchange in a thread of its own: it ends with the thread, whatever comes of it. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ready, server } from '@serenity-kit/opaque';
import { equalBytes } from '../../shared/bytes.ts';
import type { HoldfastError } from '../../shared/errors.ts';
import { OpaqueThread } from '../../web/worker/opaque/opaque-thread.ts';
import type { OpaqueReport, RequestToOpaque } from '../../web/worker/opaque/protocol.ts';
import { remoteOpaque } from '../../web/worker/opaque/remote-opaque.ts';
import { assertRejectsCode } from '../helpers/coded-errors.ts';

await ready;
const serverSetup = server.createSetup();
const userIdentifier = 'password:ada';
const password = 'correct horse battery staple';

async function register(registrationRequest: string): Promise<string> {
  const answer = server.createRegistrationResponse({ serverSetup, userIdentifier, registrationRequest });
  return Promise.resolve(answer.registrationResponse);
}

function challengeFor(registrationRecord: string) {
  return async (startLoginRequest: string): Promise<string> => {
    const started = server.startLogin({ serverSetup, userIdentifier, registrationRecord, startLoginRequest });
    return Promise.resolve(started.loginResponse);
  };
}

/** Exchanges whose threads answer with what `handle` reports, and how many of the threads run. */
function watched(handle: (request: RequestToOpaque, report: (report: OpaqueReport) => void) => void) {
  let running = 0;
  const runOpaque = remoteOpaque((onReport) => {
    running += 1;
    return {
      postMessage: (request) => {
        assert.equal(running, 1);
        handle(request, onReport);
      },
      end: () => {
        running -= 1;
      },
    };
  });
  return { runOpaque, running: () => running };
}

function realThreads() {
  let thread: OpaqueThread | undefined;
  return watched((request, report) => {
    if (request.type === 'start') thread = new OpaqueThread(report);
    void thread?.handle(request);
  });
}

describe('an OPAQUE exchange in a thread of its own', () => {
  it('registers and proves a password, and leaves no thread', async () => {
    const { runOpaque, running } = realThreads();
    const registered = await runOpaque('registration', password, register);
    assert.equal(running(), 0);
    const proved = await runOpaque('sign-in', password, challengeFor(registered.message));
    assert.ok(equalBytes(proved.exportKey, registered.exportKey));
    assert.equal(running(), 0);
  });

  it('fails with the codes of one that runs here, and leaves no thread', async () => {
    const { runOpaque, running } = realThreads();
    const { message } = await runOpaque('registration', password, register);
    await assertRejectsCode(runOpaque('sign-in', 'wrong password', challengeFor(message)), 'sign-in-failed');
    assert.equal(running(), 0);
    const nonsense = async () => Promise.resolve('AAAA');
    await assertRejectsCode(runOpaque('sign-in', password, nonsense), 'malformed');
    assert.equal(running(), 0);
  });

  it('leaves no thread when the server doesn’t answer', async () => {
    const { runOpaque, running } = realThreads();
    const unreachable = new Error('no connection');
    const ask = async () => Promise.reject(unreachable);
    await assert.rejects(runOpaque('sign-in', password, ask), (error) => error === unreachable);
    assert.equal(running(), 0);
  });

  it('fails if its thread can’t start', async () => {
    const { runOpaque, running } = watched((_, report) => {
      report({ type: 'failed', code: 'internal', detail: 'not found' });
    });
    await assert.rejects(runOpaque('sign-in', password, register), ({ code, detail }: HoldfastError) => {
      assert.deepEqual([code, detail], ['internal', 'not found']);
      return true;
    });
    assert.equal(running(), 0);
  });

  it('is not taken for another step than the one that was asked for', async () => {
    const out = watched((_, report) => {
      report({ type: 'finished', message: '', exportKey: new Uint8Array(64) });
    });
    await assertRejectsCode(out.runOpaque('sign-in', password, register), 'internal');
    const finish = new Promise<OpaqueReport>((resolve) => {
      void new OpaqueThread(resolve).handle({ type: 'finish', response: '' });
    });
    assert.deepEqual(await finish, { type: 'failed', code: 'internal', detail: 'no exchange to finish' });
  });
});
