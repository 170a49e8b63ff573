/** Sealed backups that wait, as a person reads them. Pure. While the vault is locked there are no names. */
import type { OutboxState, QueuedBackup } from '../state/outbox-store.ts';
import { formatBytes, formatShort, plural } from './format.ts';

/** What it is called: its source, or only what it is. */
export function queuedName({ sourceName }: Pick<QueuedBackup, 'sourceName'>): string {
  return sourceName ?? 'A backup';
}

/** Which one it is, within a sentence or a label: for example `Photos of 24 Nov, 14:05`. */
export function queuedTitle(queued: Pick<QueuedBackup, 'sourceName' | 'madeAtMs'>): string {
  return `${queuedName(queued)} of ${formatShort(queued.madeAtMs)}`;
}

/** What one sees it do: nothing is on its way while all is paused, or the server is away or can't take it. */
export function seenState(
  { state, problem }: QueuedBackup,
  { isPaused }: OutboxState,
  offline: boolean,
): QueuedBackup['state'] {
  if (state !== 'sending') return state;
  if (isPaused) return 'paused';
  return offline || problem !== undefined ? 'waiting' : 'sending';
}

/** Where it is and what it waits for, in one sentence. */
export function stateWords(queued: QueuedBackup, { queue, isPaused }: OutboxState, offline: boolean): string {
  const held = isPaused ? 'Paused with the whole queue.' : undefined;
  const words: Readonly<Record<QueuedBackup['state'], () => string>> = {
    sealing: () => 'Being sealed; goes out as soon as it is complete.',
    sending: () => held ?? sendingWords(queued, offline),
    waiting: () => held ?? waitingWords(queued, queue, offline),
    paused: () => 'It stays here until you resume it.',
    failed: () => 'It could not be sent. Try again, or cancel it and back its source up anew.',
    'needs-source': () =>
      `The server lacks something that is not in it. Back ${sourceWords(queued)} up again: that sends the rest.`,
  };
  return words[queued.state]();
}

function sendingWords({ problem }: QueuedBackup, offline: boolean): string {
  if (offline) return 'Waits for the server.';
  if (problem === undefined) return 'On its way to the server.';
  return problem.code === 'metered' ? 'Waits for another network.' : 'Waits until the server can take it.';
}

function sourceWords({ sourceName }: QueuedBackup): string {
  return sourceName === undefined ? 'its source' : `“${sourceName}”`;
}

function waitingWords(
  { jobId, waitsFor }: QueuedBackup,
  queue: readonly QueuedBackup[],
  offline: boolean,
): string {
  const before = queue.find((each) => each.jobId === waitsFor);
  if (before !== undefined)
    return `Waits for the one of ${formatShort(before.madeAtMs)}: backups of a source go out in their order.`;
  if (offline) return 'Waits for the server.';
  return queue[0]?.jobId === jobId ? 'Goes out next.' : 'Waits for those above it.';
}

/** For example `2 backups wait, 1.3 GB to send`. */
export function queueSummary(queue: readonly QueuedBackup[], leftBytes: number): string {
  const verb = queue.length === 1 ? 'waits' : 'wait';
  return `${plural(queue.length, 'backup')} ${verb}, ${formatBytes(leftBytes)} to send`;
}

/** What sends, or why nothing is sent. */
export function senderWords({ queue, isPaused }: OutboxState, offline: boolean): string {
  if (isPaused) return 'Everything is paused. What you back up meanwhile joins the queue.';
  if (offline) return 'The server can’t be reached. They go out by themselves when it is back.';
  const sends = queue.some(({ state }) => state === 'sending');
  return sends ? 'They go out one after the other.' : 'They go out by themselves, one after the other.';
}

/** What the queue takes on this device, and what is left. */
export function roomWords({ storedBytes, freeBytes }: OutboxState): string {
  const takes = `The queue takes ${formatBytes(storedBytes)} on this device`;
  return freeBytes === undefined
    ? `${takes}. This browser does not say how much room is left.`
    : `${takes}; ${formatBytes(freeBytes)} are left for Holdfast.`;
}

/** Whether the browser goes on when no tab is open. */
export function backgroundWords({ sendsInBackground }: OutboxState): string {
  return sendsInBackground
    ? 'This browser goes on sending in the background when every tab of Holdfast is closed.'
    : 'This browser has no Background Sync: it only sends while a tab of Holdfast is open. Nothing is lost when you close it; sending goes on the next time.';
}

/** What cancelling `gone`, the first of which was chosen, takes away. */
export function cancelWords(gone: readonly QueuedBackup[]): string {
  const [chosen, ...later] = gone;
  if (chosen === undefined) return '';
  const first = `${chosen.sourceName === undefined ? 'A backup' : `“${chosen.sourceName}”`} of ${formatShort(chosen.madeAtMs)} (${formatBytes(chosen.sealedBytes)}) leaves this device unsent. Your files stay as they are.`;
  if (later.length === 0) return first;
  const times = later.map(({ madeAtMs }) => formatShort(madeAtMs)).join('; ');
  return `${first} ${plural(later.length, 'later backup')} of the same source ${
    later.length === 1 ? 'counts on it and goes' : 'count on it and go'
  }, too: ${times}.`;
}

/** What signing out with a queue takes away. */
export function lostWords(queue: readonly QueuedBackup[]): string {
  const bytes = queue.reduce((sum, { sealedBytes }) => sum + sealedBytes, 0);
  return queue.length === 1
    ? `A backup (${formatBytes(bytes)}) waits on this device and has not reached the server: signing out loses it.`
    : `${plural(queue.length, 'backup')} (${formatBytes(bytes)}) wait on this device and have not reached the server: signing out loses them.`;
}
