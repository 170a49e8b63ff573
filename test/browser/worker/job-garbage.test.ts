import { assert } from 'chai';
import { secureRandom } from '../../../shared/crypto/primitives.ts';
import { systemClock } from '../../../web/worker/clock.ts';
import { JobList } from '../../../web/worker/jobs/job-list.ts';
import { isCollected } from '../collected.ts';

describe('what a job leaves behind', () => {
  it('is collected once it ends, though nothing fills the memory', async () => {
    const jobs = new JobList({ clock: systemClock, random: secureRandom }, () => undefined);
    const collected = isCollected();
    jobs.start('backup', 'Pictures', async () => Promise.resolve(undefined));
    assert.isTrue(await collected);
  });
});
