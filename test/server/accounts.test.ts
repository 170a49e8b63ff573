import assert from 'node:assert/strict';
import { before, test } from 'node:test';
import type { AccountId, VaultId } from '../../shared/ids.ts';
import {
  createAccount,
  createAccountMessage,
  replaceCredential,
  signIn,
  startSignIn,
  trySignIn,
} from './test-account.ts';
import type { TestAccount } from './test-account.ts';
import { startTestServer, wholeFile } from './test-server.ts';
import type { TestServer } from './test-server.ts';
import { WireClient, randomHex } from './wire-client.ts';

const file = wholeFile();
let server: TestServer;
let admin: WireClient;
let adminAccount: TestAccount;

before(async () => {
  server = await startTestServer(file, {
    config: { signInAttemptsPerName: 5, signInAttemptsPerAddress: 1_000 },
  });
  admin = await WireClient.connect(server.port);
  adminAccount = await createAccount(admin, server.firstRunToken ?? '', { name: 'Änne Strauß' });
  await signIn(admin, { name: 'Änne Strauß', secret: adminAccount.password });
});
async function invite(): Promise<string> {
  return (await admin.expect('invite', { type: 'create-invite' })).inviteToken;
}

async function withClient<T>(use: (client: WireClient) => Promise<T>): Promise<T> {
  const client = await WireClient.connect(server.port);
  try {
    return await use(client);
  } finally {
    await client.close();
  }
}

/** A new account with a connection of its own. */
async function newAccount(client: WireClient, changes: Partial<TestAccount> = {}): Promise<TestAccount> {
  return createAccount(client, await invite(), changes);
}

test('an account signs in with its password and with its recovery key, and gets that credential’s wrapped key', async () => {
  await withClient(async (client) => {
    const { name, password, recovery, accountId, vaultId } = await newAccount(client);
    for (const [kind, secret] of [
      ['password', password],
      ['recovery', recovery],
    ] as const) {
      const answer = await signIn(client, { name, secret, kind });
      assert.equal(answer.accountId, accountId);
      assert.equal(answer.role, 'user');
      assert.equal(answer.vault.vaultId, vaultId);
      assert.equal(Buffer.from(answer.vault.keys[0]?.wrappedVaultKey ?? []).toString(), 'wrapped vault key');
      assert.equal(Buffer.from(answer.wrappedAccountKey).toString(), `account key for ${kind}`);
    }
  });
});

test('the first account is an administrator; its name matches in any case and composition', async () => {
  await withClient(async (client) => {
    const answer = await signIn(client, {
      name: 'ÄNNE STRAUSS'.normalize('NFD'),
      secret: adminAccount.password,
    });
    assert.equal(answer.role, 'admin');
  });
});

test('an unknown name is answered like a wrong password: same messages, same code, same sizes', async () => {
  await withClient(async (client) => {
    const { name } = await newAccount(client);
    const shape = async (attempt: { name: string; secret: string }) =>
      (await trySignIn(client, attempt)).map((answer) => ({
        type: answer.type,
        code: answer.type === 'error' ? answer.code : '',
        detail: answer.type === 'error' ? answer.detail : '',
        responseBytes: answer.type === 'sign-in-challenge' ? answer.response.length : 0,
      }));
    const wrong = await shape({ name, secret: 'wrong password' });
    const unknown = await shape({ name: `nobody-${randomHex(4)}`, secret: 'wrong password' });
    assert.deepEqual(wrong, unknown);
    assert.equal(wrong.at(-1)?.code, 'sign-in-failed');
  });
});

test('an unknown name’s challenge takes as long as a known one’s', async () => {
  await withClient(async (client) => {
    const [known, unknown] = [{ quickestMs: Infinity }, { quickestMs: Infinity }];
    const time = async (of: { quickestMs: number }, name: string) => {
      const start = performance.now();
      await trySignIn(client, { name, secret: 'wrong password' });
      of.quickestMs = Math.min(of.quickestMs, performance.now() - start);
    };
    // By turns, and a few names: what else the machine does meanwhile slows both, and attempts on a name are limited.
    for (let account = 0; account < 3; account++) {
      const [name, nobody] = [(await newAccount(client)).name, `nobody-${randomHex(4)}`];
      for (let attempt = 0; attempt < 4; attempt++) {
        await time(known, name);
        await time(unknown, nobody);
      }
    }
    // Both do the same work; a missing step would be several times faster.
    const ratio = known.quickestMs / unknown.quickestMs;
    assert.ok(ratio < 3 && ratio > 1 / 3, `${known.quickestMs} against ${unknown.quickestMs} ms`);
  });
});

test('attempts on one name are limited, whether or not anybody has it', async () => {
  await withClient(async (client) => {
    const { name } = await newAccount(client);
    for (const candidate of [name, `nobody-${randomHex(4)}`]) {
      const attempts = [];
      for (let i = 0; i < 6; i++)
        attempts.push(await trySignIn(client, { name: candidate, secret: 'guess' }));
      const errors = attempts.map((answers) => answers.at(-1)).filter((answer) => answer?.type === 'error');
      const codes = errors.map(({ code }) => code);
      assert.ok((errors.at(-1)?.retryAfterMs ?? 0) > 0);
      assert.deepEqual(codes, [...Array<string>(5).fill('sign-in-failed'), 'too-many-attempts']);
    }
  });
});

test('a right password gives its attempt back', async () => {
  await withClient(async (client) => {
    const { name, password } = await newAccount(client);
    for (let i = 0; i < 7; i++) await signIn(client, { name, secret: password });
  });
});

test('a proof without its challenge, or a second one for the same, is refused', async () => {
  await withClient(async (client) => {
    const deviceId = randomHex<never>(16);
    assert.equal(
      await client.expectError({ type: 'sign-in-finish', finish: 'AAAA', deviceId }),
      'sign-in-failed',
    );
  });
});

test('an invitation works once', async () => {
  const inviteToken = await invite();
  await withClient(async (client) => {
    await createAccount(client, inviteToken);
    await assert.rejects(createAccount(client, inviteToken), /invite-invalid/);
  });
});

test('an invitation that is used twice at once makes one account', async () => {
  const inviteToken = await invite();
  await withClient(async (client) => {
    const messages = [];
    for (let i = 0; i < 2; i++) {
      const account = {
        name: `twin-${randomHex(4)}`,
        password: 'p',
        recovery: 'r',
        accountId: randomHex<AccountId>(16),
        vaultId: randomHex<VaultId>(16),
      };
      messages.push(await createAccountMessage(client, inviteToken, account));
    }
    const answers = await Promise.all(messages.map((message) => client.ask(message)));
    const types = answers.map((answer) => (answer.type === 'error' ? answer.code : answer.type));
    assert.deepEqual(types.sort(), ['done', 'invite-invalid']);
  });
});

test('an invitation expires', async () => {
  const inviteToken = await invite();
  server.clock.aheadMs += 8 * 86_400_000;
  try {
    await withClient(async (client) => {
      await assert.rejects(createAccount(client, inviteToken), /invite-invalid/);
    });
  } finally {
    server.clock.aheadMs = 0;
  }
});

test('an invented invitation is refused before anything is told about names', async () => {
  await withClient(async (client) => {
    const attempt = createAccount(client, Buffer.alloc(32, 7).toString('base64url'), {
      name: adminAccount.name,
    });
    await assert.rejects(attempt, /invite-invalid/);
  });
});

test('a name that differs only in case is taken', async () => {
  await withClient(async (client) => {
    await assert.rejects(newAccount(client, { name: 'änne STRAUSS' }), /name-taken/);
  });
});

for (const [what, name] of [
  ['nothing', ''],
  ['an outer space', ' Anna'],
  ['a control character', 'An\u0007na'],
  ['a line end', 'An\nna'],
  ['a mark that turns the direction', 'An\u202Ena'],
] as const) {
  test(`a name with ${what} is refused`, async () => {
    await withClient(async (client) => {
      await assert.rejects(newAccount(client, { name }), /name-invalid/);
    });
  });
}

test('the same account may be asked for again, when the first answer was lost', async () => {
  const inviteToken = await invite();
  await withClient(async (client) => {
    const account = {
      name: `lost-${randomHex(4)}`,
      password: 'p',
      recovery: 'r',
      accountId: randomHex<AccountId>(16),
      vaultId: randomHex<VaultId>(16),
    };
    const message = await createAccountMessage(client, inviteToken, account);
    await client.expect('done', message);
    await client.expect('done', message);
  });
});

test('another account’s vault can’t be claimed with a new account', async () => {
  await withClient(async (client) => {
    await assert.rejects(newAccount(client, { vaultId: adminAccount.vaultId }), /malformed/);
    assert.equal(await client.closed(), 1002);
  });
});

test('an account needs both credentials, each one that sign-in can use', async () => {
  const inviteToken = await invite();
  const account = {
    name: `half-${randomHex(4)}`,
    password: 'p',
    recovery: 'r',
    accountId: randomHex<AccountId>(16),
    vaultId: randomHex<VaultId>(16),
  };
  for (const spoil of ['missing', 'twice', 'garbage'] as const) {
    await withClient(async (client) => {
      const message = await createAccountMessage(client, inviteToken, account);
      const [password, recovery] = message.credentials;
      assert.ok(password && recovery);
      const credentials = {
        missing: [password],
        twice: [password, password],
        garbage: [password, { ...recovery, record: 'garbage' }],
      }[spoil];
      assert.equal(await client.expectError({ ...message, credentials }), 'malformed');
    });
  }
});

test('only an administrator invites', async () => {
  await withClient(async (client) => {
    const { name, password } = await newAccount(client);
    assert.equal(await client.expectError({ type: 'create-invite' }), 'not-signed-in');
    await signIn(client, { name, secret: password });
    assert.equal(await client.expectError({ type: 'create-invite' }), 'not-allowed');
  });
});

test('a session goes on by its token on another connection, and ends by signing out', async () => {
  await withClient(async (client) => {
    const account = await newAccount(client);
    const { token, accountId } = await signIn(client, { name: account.name, secret: account.password });
    await withClient(async (second) => {
      const resumed = await second.expect('session-resumed', { type: 'resume-session', token });
      assert.equal(resumed.accountId, accountId);
      await second.expect('done', { type: 'sign-out' });
      assert.equal(await second.expectError({ type: 'status' }), 'not-signed-in');
    });
    await withClient(async (third) => {
      assert.equal(await third.expectError({ type: 'resume-session', token }), 'session-expired');
    });
  });
});

for (const [what, stepsMs] of [
  ['unused for the idle time-out', [31 * 86_400_000]],
  ['used all the time, at the absolute time-out', Array<number>(7).fill(29 * 86_400_000)],
] as const) {
  test(`a session ends when ${what}`, async () => {
    await withClient(async (client) => {
      const account = await newAccount(client);
      const { token } = await signIn(client, { name: account.name, secret: account.password });
      try {
        let answer;
        for (const stepMs of stepsMs) {
          server.clock.aheadMs += stepMs;
          answer = await client.ask({ type: 'status' });
        }
        assert.ok(answer?.type === 'error' && answer.code === 'session-expired');
        assert.equal(await client.expectError({ type: 'status' }), 'not-signed-in');
        assert.equal(await client.expectError({ type: 'resume-session', token }), 'session-expired');
      } finally {
        server.clock.aheadMs = 0;
      }
    });
  });
}

test('a session that is taken up for a moment now and then is in use', async () => {
  const { token } = await withClient(async (client) => {
    const { name, password } = await newAccount(client);
    return signIn(client, { name, secret: password });
  });
  try {
    for (const days of [29, 58]) {
      server.clock.aheadMs = days * 86_400_000;
      await withClient((client) => client.expect('session-resumed', { type: 'resume-session', token }));
    }
  } finally {
    server.clock.aheadMs = 0;
  }
});

test('a new password replaces the old one and ends the account’s other sessions', async () => {
  await withClient(async (client) => {
    const account = await newAccount(client);
    const { name, password, recovery } = account;
    await withClient(async (other) => {
      const { token } = await signIn(other, { name, secret: password });
      await signIn(client, { name, secret: recovery, kind: 'recovery' });
      await replaceCredential(client, 'password', 'a new password');
      assert.equal((await other.next('error')).code, 'session-expired');
      assert.equal(await other.closed(), 1008);
      assert.equal(await client.expectError({ type: 'resume-session', token }), 'session-expired');
    });
    await client.expect('server-status', { type: 'status' });
    await withClient(async (fresh) => {
      await assert.rejects(signIn(fresh, { name, secret: password }), /sign-in-failed/);
      await signIn(fresh, { name, secret: 'a new password' });
      await signIn(fresh, { name, secret: recovery, kind: 'recovery' });
    });
  });
});

test('a sign-in that was begun with the old password does not end well after it was replaced', async () => {
  await withClient(async (client) => {
    const { name, password } = await newAccount(client);
    await signIn(client, { name, secret: password });
    await withClient(async (other) => {
      const finish = await startSignIn(other, { name, secret: password });
      await replaceCredential(client, 'password', 'a new password');
      assert.equal(await other.expectError(finish), 'sign-in-failed');
    });
  });
});

test('a credential can’t be replaced without its first step, nor by another kind’s', async () => {
  await withClient(async (client) => {
    const { name, password } = await newAccount(client);
    await signIn(client, { name, secret: password });
    const replacement = {
      type: 'replace-credential',
      record: 'AAAA',
      wrappedAccountKey: Buffer.alloc(8),
    } as const;
    assert.equal(await client.expectError({ ...replacement, kind: 'password' }), 'not-allowed');
  });
});

test('accounts, sessions and invitations outlive a restart; no first-run link is offered then', async (t) => {
  const first = await startTestServer(t);
  const client = await WireClient.connect(first.port);
  const account = await createAccount(client, first.firstRunToken ?? '');
  const { token } = await signIn(client, { name: account.name, secret: account.password });
  const { inviteToken } = await client.expect('invite', { type: 'create-invite' });
  await first.stop();
  const second = await startTestServer(t, { dataDir: first.folder.path });
  assert.equal(second.firstRunToken, undefined);
  const again = await WireClient.connect(second.port);
  await again.expect('session-resumed', { type: 'resume-session', token });
  await createAccount(again, inviteToken);
  await again.close();
  await second.stop();
});

test('a restart before the first account makes a new first-run link and ends the old one', async (t) => {
  const first = await startTestServer(t);
  await first.stop();
  const second = await startTestServer(t, { dataDir: first.folder.path });
  const client = await WireClient.connect(second.port);
  await assert.rejects(createAccount(client, first.firstRunToken ?? ''), /invite-invalid/);
  await createAccount(client, second.firstRunToken ?? '');
  await client.close();
  await second.stop();
});
