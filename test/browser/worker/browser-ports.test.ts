import { assert } from 'chai';
import { ready, server } from '@serenity-kit/opaque';
import { toHoldfastError } from '../../../shared/errors.ts';
import { CHUNK_MAX_BYTES, CHUNK_MIN_BYTES } from '../../../shared/limits.ts';
import { browserPorts } from '../../../web/worker/browser-ports.ts';
import type { ReaderMessage } from '../../../web/worker/reader/protocol.ts';
import { seededRandom } from '../../helpers/seeded-random.ts';

describe('the browser’s ports', () => {
  it('sum up bytes as XXH64 does', async () => {
    const { checksum } = await browserPorts();
    assert.equal(checksum(new TextEncoder().encode('123456789')), 0x40e6ae83);
    assert.equal(checksum(new Uint8Array()), 0x51d8e999);
  });

  it('read and cut files in a thread of their own, whole and in order', async () => {
    const { startReader } = await browserPorts();
    const random = seededRandom(5);
    const [large, small] = [random.bytes(5_000_000), random.bytes(1_000)];
    const chunks: number[] = [];
    const content: Uint8Array[] = [];
    let chunkBytes = 0;
    await new Promise<void>((resolve) => {
      const setup = { gearTable: random.bytes(1_024), digestKey: random.bytes(32), fixedSize: false };
      const reader = startReader(setup, (message: ReaderMessage) => {
        if (message.type === 'failed') throw new Error(message.detail);
        const lengthBytes = message.type === 'piece' ? message.lengthBytes : 1_000;
        content.push(new Uint8Array(message.buffer.slice(0, lengthBytes)));
        reader.postMessage({ type: 'recycle', buffers: [message.buffer] }, [message.buffer]);
        if (message.type === 'small-files') {
          reader.end();
          resolve();
          return;
        }
        chunkBytes += lengthBytes;
        if (!message.chunkEnd) return;
        if (chunkBytes > 0) chunks.push(chunkBytes);
        chunkBytes = 0;
      });
      reader.postMessage({ type: 'read', fileId: 1, file: new File([large], ''), isGuarded: false }, []);
      reader.postMessage({ type: 'read', fileId: 2, file: new File([small], ''), isGuarded: true }, []);
    });
    const whole = new Uint8Array(await new Blob(content.map((part) => part.slice())).arrayBuffer());
    assert.deepEqual(whole.subarray(0, large.length), large);
    assert.deepEqual(whole.subarray(large.length), small);
    assert.isTrue(chunks.slice(0, -1).every((bytes) => bytes >= CHUNK_MIN_BYTES && bytes <= CHUNK_MAX_BYTES));
  });

  it('register and prove a password in threads of their own', async () => {
    const { runOpaque } = await browserPorts();
    await ready;
    const [serverSetup, userIdentifier] = [server.createSetup(), 'password:ada'];
    const registered = await runOpaque('registration', 'correct horse', async (registrationRequest) => {
      const answer = server.createRegistrationResponse({ serverSetup, userIdentifier, registrationRequest });
      return Promise.resolve(answer.registrationResponse);
    });
    const registrationRecord = registered.message;
    const challenge = async (startLoginRequest: string): Promise<string> => {
      const started = server.startLogin({
        serverSetup,
        userIdentifier,
        registrationRecord,
        startLoginRequest,
      });
      return Promise.resolve(started.loginResponse);
    };
    const { exportKey } = await runOpaque('sign-in', 'correct horse', challenge);
    assert.deepEqual(exportKey, registered.exportKey);
    const wrong: unknown = await runOpaque('sign-in', 'wrong', challenge).catch((error: unknown) => error);
    assert.equal(toHoldfastError(wrong).code, 'sign-in-failed');
  }).timeout(60_000);

  it('tell when a socket can’t be opened', async () => {
    const { openSocket } = await browserPorts();
    await new Promise<void>((resolve, reject) => {
      openSocket('ws://127.0.0.1:9/ws', {
        onOpen: () => {
          reject(new Error('opened'));
        },
        onMessage: () => {
          reject(new Error('message'));
        },
        onClose: resolve,
      });
    });
  });
});
