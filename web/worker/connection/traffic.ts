/** What concerns the traffic of all connections of a link, one after another: a person's limits, and whether it rests. */
import { Gate } from '../jobs/gate.ts';
import type { Clock } from '../ports.ts';
import { RateLimit } from './rate-limit.ts';

export class Traffic {
  readonly upload: RateLimit;
  readonly download: RateLimit;
  /** While it is closed no piece is sent and no chunk is asked for. */
  readonly gate = new Gate();

  constructor(clock: Clock) {
    this.upload = new RateLimit(clock);
    this.download = new RateLimit(clock);
  }
}
