import { assert } from 'chai';
import { release, releaseViews } from '../../../shared/release.ts';

describe('freeing buffers', () => {
  it('takes them away at once, now and later', async () => {
    for (let round = 0; round < 3; round++) {
      const buffer = new ArrayBuffer(1_000);
      release(buffer);
      assert.equal(buffer.byteLength, 0);
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
  });

  it('takes each away once, however many views there are', () => {
    const buffer = new ArrayBuffer(1_000);
    releaseViews([new Uint8Array(buffer, 0, 10), new Uint8Array(buffer, 10), new Uint8Array(5)]);
    assert.equal(buffer.byteLength, 0);
  });
});
