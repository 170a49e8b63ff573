/** When commits are synced, with a disk and an interval that a test lets go. */
import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { GroupCommit } from '../../server/store/group-commit.ts';
import type { BlobStore, Catalog, IndexEntry } from '../../server/store/ports.ts';

const ENTRY = { type: 'chunk' } as IndexEntry;
const MUCH = 512 * 1024;

/** Something that waits until it is let go. */
class Held {
  calls = 0;
  #letGo: (() => void)[] = [];

  readonly wait = async (): Promise<void> => {
    this.calls++;
    await new Promise<void>((resolve) => this.#letGo.push(resolve));
  };

  async letGo(): Promise<void> {
    for (const resolve of this.#letGo.splice(0)) resolve();
    await turn();
  }
}

class Disk {
  readonly sync = new Held();
  readonly interval = new Held();
  readonly groups: number[] = [];
  readonly commits: GroupCommit;
  #offset = 0;

  constructor() {
    const end = () => ({ segment: 1, offset: this.#offset });
    const blobs = {
      sync: this.sync.wait,
      generation: 0,
      get end() {
        return end();
      },
    };
    const catalog = {
      index: async (entries: readonly IndexEntry[]) => {
        this.groups.push(entries.length);
        return Promise.resolve();
      },
    };
    this.commits = new GroupCommit(blobs as BlobStore, catalog as unknown as Catalog, this.interval.wait);
  }

  /** Appends `bytes` and waits for them to be committed. */
  add(bytes: number): Promise<void> {
    const hold = this.commits.hold();
    this.#offset += bytes;
    return this.commits.commit(ENTRY, hold);
  }
}

describe('commits', () => {
  it('wait for the disk alone where little comes in', async () => {
    const disk = new Disk();
    const first = disk.add(MUCH);
    const second = disk.add(1_000);
    await disk.sync.letGo();
    await first;
    await disk.sync.letGo();
    await second;
    assert.deepEqual(disk.groups, [1, 1]);
  });

  it('gather for an interval where much came in during a sync, and share the next one', async () => {
    const disk = new Disk();
    const first = disk.add(MUCH);
    const others = [disk.add(MUCH)];
    await disk.sync.letGo();
    await first;
    assert.equal(disk.sync.calls, 1);
    others.push(disk.add(MUCH), disk.add(1_000));
    await disk.interval.letGo();
    await disk.sync.letGo();
    await Promise.all(others);
    assert.deepEqual(disk.groups, [1, 3]);
  });

  it('begin at once after a rest, however much came in before', async () => {
    const disk = new Disk();
    for (let i = 1; i <= 3; i++) {
      const only = disk.add(10 * MUCH);
      assert.equal(disk.sync.calls, i);
      await disk.sync.letGo();
      await only;
      await disk.commits.idle();
    }
    assert.deepEqual(disk.groups, [1, 1, 1]);
  });

  it('don’t wait for an interval that a slow disk has used up', async () => {
    const disk = new Disk();
    const first = disk.add(MUCH);
    const second = disk.add(MUCH);
    await disk.interval.letGo();
    await disk.sync.letGo();
    await first;
    await disk.sync.letGo();
    await second;
    assert.deepEqual(disk.groups, [1, 1]);
  });
});
