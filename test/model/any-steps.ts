/** Arbitrary steps, and runs of them that shrink by leaving out steps. */
import fc from 'fast-check';
import type { RetentionPolicy } from '../../web/bridge/sources-api.ts';
import { plain } from '../helpers/arbitraries.ts';
import type { Edit } from './edits.ts';
import type { End, Step, SuddenEnd, Task } from './steps.ts';

const seed = fc.nat(0xffff_ffff);
/** One in `of` times a value, else undefined. */
const sometimes = <T>(of: number, arbitrary: fc.Arbitrary<T>): fc.Arbitrary<T | undefined> =>
  fc.oneof({ weight: of - 1, arbitrary: fc.constant(undefined) }, { weight: 1, arbitrary });
const device = fc.nat(1);
const nth = fc.nat(11);
/** Few names, so that they are met again. */
const path = fc.constantFrom('a', 'b', 'x/a', 'x/b', 'x/y/a', 'y/a', 'y/b', 'z/x/a', 'z/b', 'z/y/c', 'z/y/d');
const sizeBytes = fc.oneof({ weight: 3, arbitrary: fc.nat(700) }, { weight: 1, arbitrary: fc.nat(2_500) });

const kind = <K extends string>(name: K): fc.Arbitrary<K> => fc.constant(name);

const anyEdit: fc.Arbitrary<Edit> = fc.oneof(
  { weight: 6, arbitrary: plain<Edit>({ kind: kind('write'), path, sizeBytes, seed: fc.nat(40) }) },
  { weight: 2, arbitrary: plain<Edit>({ kind: kind('append'), nth, sizeBytes, seed }) },
  { weight: 1, arbitrary: plain<Edit>({ kind: kind('copyFile'), nth, path }) },
  { weight: 1, arbitrary: plain<Edit>({ kind: kind('renameFile'), nth, path }) },
  { weight: 1, arbitrary: plain<Edit>({ kind: kind('renameFolder'), nth, path }) },
  { weight: 1, arbitrary: plain<Edit>({ kind: kind('deleteFile'), nth }) },
  { weight: 1, arbitrary: plain<Edit>({ kind: kind('deleteFolder'), nth }) },
);

const policy: fc.Arbitrary<RetentionPolicy> = fc.constantFrom(
  { last: 1 },
  { last: 2 },
  { daily: 3 },
  { withinMs: 36 * 3_600_000, weekly: 2 },
  { hourly: 2, monthly: 1 },
);

const backUp = (returning: number): fc.Arbitrary<Task> =>
  plain<Task>({
    kind: kind('back up'),
    device,
    looks: fc.boolean(),
    returnsTo: sometimes(returning, nth),
    leavesAfter: sometimes(8, fc.nat(12)),
    averageRefs: fc.constantFrom(4, 16, 256),
  });
const byPolicy = plain<Task>({ kind: kind('keep by policy'), device, policy });
const mark = plain<Task>({
  kind: kind('mark'),
  device,
  nth,
  mark: fc.constantFrom('trashed' as const, 'trashed', 'pinned', 'kept'),
});
const collect = fc.constant<Task>({ kind: 'collect garbage' });
const compact = plain<Task>({
  kind: kind('compact'),
  minDeadShare: fc.constantFrom(0.02, 0.3, 0.6),
});
const scrub = fc.constant<Task>({ kind: 'scrub' });

const end: fc.Arbitrary<End> = plain<End>({
  how: fc.constantFrom('power cut' as const, 'kill', 'close'),
  index: fc.oneof(
    { weight: 4, arbitrary: kind('as it is') },
    { weight: 1, arbitrary: fc.constantFrom('lost' as const, 'rebuilt') },
  ),
  againAfter: sometimes(4, fc.nat(6)),
});
/** Of few steps, for requests, or of many, for jobs. */
const ends = (mostSteps: number): fc.Arbitrary<SuddenEnd> =>
  plain<SuddenEnd>({
    how: fc.constantFrom('power cut' as const, 'kill'),
    index: fc.constantFrom('as it is' as const, 'as it is', 'as it is', 'lost', 'rebuilt'),
    againAfter: sometimes(4, fc.nat(6)),
    after: fc.nat(mostSteps),
  });

const request = fc.oneof(
  { weight: 7, arbitrary: backUp(8) },
  { weight: 3, arbitrary: byPolicy },
  { weight: 3, arbitrary: mark },
);
const job = fc.oneof(
  { weight: 3, arbitrary: collect },
  { weight: 3, arbitrary: compact },
  { weight: 1, arbitrary: scrub },
);

/** Of each device one thing, one of the two jobs that the server never runs at once, and a scrub. */
const manyTasks = fc
  .tuple(
    backUp(2),
    fc.oneof(backUp(2), mark, byPolicy),
    fc.oneof(collect, collect, compact),
    sometimes(4, scrub),
    fc.subarray([0, 1, 2, 3], { minLength: 2 }),
  )
  .map(([first, second, oneJob, scrubbing, chosen]) =>
    [{ ...first, device: 0 }, { ...second, device: 1 }, oneJob, scrubbing]
      .filter((_, index) => chosen.includes(index))
      .filter((task) => task !== undefined),
  );

const work = (tasks: fc.Arbitrary<Task[]>, end: fc.Arbitrary<SuddenEnd | undefined>): fc.Arbitrary<Step> =>
  plain<Step>({ kind: kind('work'), tasks, seed, ends: end });
const alone = (task: Task) => [task];

const anyStep: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: plain<Step>({
      kind: kind('edit'),
      device,
      edits: fc.array(anyEdit, { minLength: 1, maxLength: 6 }),
    }),
  },
  { weight: 9, arbitrary: work(request.map(alone), sometimes(16, ends(100))) },
  { weight: 4, arbitrary: work(job.map(alone), sometimes(4, ends(200))) },
  { weight: 3, arbitrary: work(manyTasks, sometimes(5, ends(200))) },
  {
    weight: 5,
    arbitrary: plain<Step>({
      kind: kind('wait'),
      hours: fc.constantFrom(1, 7, 24, 49, 24 * 8, 24 * 29, 24 * 31, 24 * 33),
    }),
  },
  {
    weight: 1,
    arbitrary: plain<Step>({ kind: kind('restart device'), device, forgets: fc.boolean() }),
  },
  { weight: 1, arbitrary: plain<Step>({ kind: kind('rot'), nth: fc.nat(40), seed }) },
  { weight: 1, arbitrary: plain<Step>({ kind: kind('restart server'), seed, end }) },
  {
    weight: 1,
    arbitrary: plain<Step>({ kind: kind('tidy'), seed, ends: sometimes(2, ends(600)) }),
  },
);

/** Between `min` and `max` steps; a failing run is shrunk to fewer, down to one. */
export function anyRun(min: number, max: number): fc.Arbitrary<readonly Step[]> {
  return new RunArbitrary(min, max);
}

type Values = readonly fc.Value<Step>[];

/** Made with at least `min` steps, and shrunk by leaving out blocks of steps, then by shrinking steps. */
class RunArbitrary extends fc.Arbitrary<readonly Step[]> {
  readonly #min: number;
  readonly #max: number;

  constructor(min: number, max: number) {
    super();
    this.#min = min;
    this.#max = max;
  }

  generate(random: fc.Random, bias: number | undefined): fc.Value<readonly Step[]> {
    const count = random.nextInt(this.#min, this.#max);
    return runOf(Array.from({ length: count }, () => anyStep.generate(random, bias)));
  }

  canShrinkWithoutContext(value: unknown): value is readonly Step[] {
    return value === undefined; // nobody asks for it: no examples are given
  }

  shrink(_: readonly Step[], context: unknown): fc.Stream<fc.Value<readonly Step[]>> {
    const values = context as Values;
    return fc
      .stream(withFewer(values))
      .join(fc.stream(withSimpler(values)))
      .map(runOf);
  }
}

function runOf(values: Values): fc.Value<readonly Step[]> {
  return new fc.Value(
    values.map(({ value }) => value),
    values,
  );
}

function* withFewer(values: Values): Generator<Values, void, undefined> {
  for (let size = Math.ceil(values.length / 2); size > 0; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let start = 0; start < values.length; start += size) {
      yield [...values.slice(0, start), ...values.slice(start + size)];
    }
  }
}

function* withSimpler(values: Values): Generator<Values, void, undefined> {
  for (const [index, { value, context }] of values.entries()) {
    for (const simpler of anyStep.shrink(value, context)) yield values.with(index, simpler);
  }
}
