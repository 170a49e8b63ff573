/** Runs in a browser's worker, as source: makes it stop for ever in the middle of a step of its outbox, or right after. */
import type { OutboxArming, OutboxStep } from './steps.ts';

/**
 * Uses nothing from outside itself. `arming`: of this worker from its start on; `armFailpoint` in it changes that. Without
 * `hasSyncHandles` it seems to be a browser's that has none, which writes to IndexedDB.
 */
export function installFailpoints(arming: OutboxArming | undefined, hasSyncHandles: boolean): void {
  interface Entry {
    readonly state: string;
    readonly sealedBytes: number;
    readonly sentBytes: number;
  }
  interface QueueRecord {
    readonly entries: readonly Entry[];
    readonly receipts: readonly object[];
  }
  type Call = () => unknown;
  const scope = globalThis as unknown as {
    callTest?: (text: string) => void;
    armFailpoint?: (arming: OutboxArming) => void;
  };
  if (scope.armFailpoint !== undefined) return;
  let armed = arming;
  let passed = 0;
  scope.armFailpoint = (next) => {
    armed = next;
    passed = 0;
  };

  /** Whether this is where it is to stop. */
  const isMet = (step: OutboxStep, isInside: boolean): boolean =>
    armed?.step === step && armed.isInside === isInside && ++passed >= armed.count;
  const stop = (): never => {
    scope.callTest?.(JSON.stringify(armed));
    for (;;);
  };
  const pass = (step: OutboxStep, isInside = false): void => {
    if (isMet(step, isInside)) stop();
  };
  /** Calls of a method go through `instead`, which gets the call itself, its object and its arguments. */
  const wrap = (
    owner: { readonly prototype: object },
    name: string,
    instead: (call: Call, self: unknown, args: unknown[]) => unknown,
  ): void => {
    const original = Reflect.get(owner.prototype, name) as (...args: unknown[]) => unknown;
    Reflect.set(owner.prototype, name, function (this: unknown, ...args: unknown[]) {
      return instead(() => original.apply(this, args), this, args);
    });
  };
  const wrapStep = (owner: { readonly prototype: object }, name: string, step: OutboxStep): void => {
    wrap(owner, name, (call) => {
      pass(step, true);
      const result = call();
      pass(step);
      return result;
    });
  };
  const wrapSlowStep = (owner: { readonly prototype: object }, name: string, step: OutboxStep): void => {
    wrap(owner, name, async (call) => {
      const working = call();
      pass(step, true);
      const result = await working;
      pass(step);
      return result;
    });
  };

  const wrapFiles = (): void => {
    const { FileSystemSyncAccessHandle: handle } = globalThis as unknown as {
      FileSystemSyncAccessHandle?: {
        readonly prototype: { write(data: Uint8Array, options: unknown): number };
      };
    };
    wrapSlowStep(FileSystemDirectoryHandle, 'removeEntry', 'file removed');
    // A service worker has none.
    if (handle === undefined) return;
    if (!hasSyncHandles) {
      Reflect.deleteProperty(globalThis, 'FileSystemSyncAccessHandle');
      return;
    }
    const write = Reflect.get(handle.prototype, 'write');
    wrap(handle, 'write', (call, self, [data, options]) => {
      if (isMet('bytes written', true)) {
        const bytes = data as Uint8Array;
        write.call(self as typeof handle.prototype, bytes.subarray(0, bytes.length >>> 1), options);
        stop();
      }
      const written = call();
      pass('bytes written');
      return written;
    });
    wrapStep(handle, 'flush', 'record flushed');
    wrapStep(handle, 'close', 'file closed');
    wrapSlowStep(FileSystemFileHandle, 'createSyncAccessHandle', 'file opened');
  };

  const MOVES: Readonly<Record<string, OutboxStep>> = {
    'sealing waiting': 'job queued',
    'waiting sending': 'sending begun',
  };
  const stepOfEntry = (was: Entry, now: Entry): OutboxStep | undefined => {
    const move = MOVES[`${was.state} ${now.state}`];
    if (move !== undefined) return move;
    if (was.sealedBytes !== now.sealedBytes) return 'progress noted';
    return was.sentBytes === now.sentBytes ? undefined : 'sent chunks noted';
  };
  const stepOf = (before: QueueRecord, after: QueueRecord): OutboxStep | undefined => {
    if (after.entries.length > before.entries.length) return 'job entered';
    if (after.entries.length < before.entries.length)
      return after.receipts.length > before.receipts.length ? 'acceptance noted' : undefined;
    const steps = after.entries.map((now, place) => stepOfEntry(before.entries[place] ?? now, now));
    return steps.find((step) => step !== undefined);
  };

  const wrapDatabase = (): void => {
    const queueBefore = new WeakMap<IDBTransaction, IDBRequest<QueueRecord | undefined>>();
    const atEnd = ({ transaction }: IDBObjectStore, step: OutboxStep | undefined): void => {
      if (step === undefined) return;
      pass(step, true);
      transaction.addEventListener('complete', () => {
        pass(step);
      });
    };
    wrap(IDBObjectStore, 'get', (call, self) => {
      const [store, request] = [self as IDBObjectStore, call() as IDBRequest<QueueRecord | undefined>];
      if (store.name === 'queue') queueBefore.set(store.transaction, request);
      return request;
    });
    wrap(IDBObjectStore, 'put', (call, self, [value]) => {
      const [store, request] = [self as IDBObjectStore, call()];
      if (store.name === 'outbox-parts') atEnd(store, 'bytes written');
      const before = queueBefore.get(store.transaction)?.result ?? { entries: [], receipts: [] };
      if (store.name === 'queue') atEnd(store, stepOf(before, value as QueueRecord));
      return request;
    });
    wrap(IDBObjectStore, 'delete', (call, self) => {
      const [store, request] = [self as IDBObjectStore, call()];
      if (store.name === 'outbox-parts' && !hasSyncHandles) atEnd(store, 'file removed');
      return request;
    });
  };

  // A worker that hasn't begun lacks most names. Whatever has to do with the outbox opens the database first.
  let isInstalled = false;
  wrap(IDBFactory, 'open', (call) => {
    if (!isInstalled) {
      isInstalled = true;
      wrapFiles();
      wrapDatabase();
    }
    return call();
  });
}
