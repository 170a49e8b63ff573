/** Which handler answers which message. Who may send it stands in the table of messages. */
import { commitSnapshot } from './commit-snapshot.ts';
import { createAccount } from './create-account.ts';
import { createInvite } from './create-invite.ts';
import { createUploadSession } from './create-upload-session.ts';
import { credentialStart } from './credential-start.ts';
import { credit } from './credit.ts';
import { getChanges } from './get-changes.ts';
import { getChunk } from './get-chunk.ts';
import { getDamage } from './get-damage.ts';
import type { Handlers } from './handler.ts';
import { hello } from './hello.ts';
import { markSnapshots } from './mark-snapshots.ts';
import { partSize } from './part-size.ts';
import { ping } from './ping.ts';
import { putPiece } from './put-piece.ts';
import { putRefs } from './put-refs.ts';
import { registerStart } from './register-start.ts';
import { replaceCredential } from './replace-credential.ts';
import { resumeSession } from './resume-session.ts';
import { signInFinish } from './sign-in-finish.ts';
import { signInStart } from './sign-in-start.ts';
import { signOut } from './sign-out.ts';
import { startScrub } from './start-scrub.ts';
import { status } from './status.ts';

export const HANDLERS: Handlers = {
  hello,
  ping,
  credit,
  status,
  'part-size': partSize,
  'register-start': registerStart,
  'create-account': createAccount,
  'sign-in-start': signInStart,
  'sign-in-finish': signInFinish,
  'resume-session': resumeSession,
  'sign-out': signOut,
  'credential-start': credentialStart,
  'replace-credential': replaceCredential,
  'create-invite': createInvite,
  'create-upload-session': createUploadSession,
  'get-changes': getChanges,
  'put-piece': putPiece,
  'get-chunk': getChunk,
  'put-refs': putRefs,
  'commit-snapshot': commitSnapshot,
  'mark-snapshots': markSnapshots,
  'get-damage': getDamage,
  'start-scrub': startScrub,
};
