import { assert } from 'chai';
import type { NetworkSettings } from '../../../../web/bridge/network-api.ts';
import { ERRORS } from '../../../../shared/errors.ts';
import '../../../../web/ui/components/hf-network-settings.ts';
import '../../../../web/ui/components/hf-server-status.ts';
import { byTestId, hasTestId, mount, textOf, unmountAll, until } from '../dom.ts';
import { SIGNED_IN } from '../fake-engine.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';

const WORKING_DAYS: NetworkSettings = {
  limits: { uploadBytesPerSecond: 2_500_000 },
  periods: [
    { weekdays: [1, 2], fromMinute: 540, toMinute: 1_020, limits: { downloadBytesPerSecond: 125_000 } },
  ],
  pauseOnMetered: false,
};

async function open(options: FakeModelOptions = {}) {
  const fake = fakeModel({ session: SIGNED_IN, ...options });
  await fake.model.start();
  const element = document.createElement('hf-network-settings');
  element.model = fake.model;
  await mount(element);
  await until('the fields', () => hasTestId(element, 'rates'));
  return { element, ...fake };
}

/** As a person leaves a field: a change that they typed. */
function write(control: HTMLElement, text: string): void {
  (control as HTMLInputElement).value = text;
  control.dispatchEvent(new Event('change', { bubbles: true, composed: true }));
}

const field = (root: HTMLElement, id: string): HTMLInputElement => byTestId<HTMLInputElement>(root, id);

describe('limits of the network', () => {
  afterEach(unmountAll);

  it('hold at once when they are written, in the unit that the person reads', async () => {
    const { element, engine, model } = await open({ network: WORKING_DAYS });
    assert.equal(field(byTestId(element, 'rates'), 'rate-upload').value, '2.5');
    write(byTestId(element, 'rate-unit'), 'Mbit/s');
    await until('the other unit', () => field(byTestId(element, 'rates'), 'rate-upload').value === '20');
    assert.equal(field(byTestId(element, 'limit-period'), 'rate-download').value, '1');
    write(field(byTestId(element, 'rates'), 'rate-download'), '8,5');
    await until('it to hold', () => byTestId(element, 'network-state').dataset.state === 'saved');
    assert.deepEqual(engine.callsOf('setNetworkSettings'), [
      { ...WORKING_DAYS, limits: { uploadBytesPerSecond: 2_500_000, downloadBytesPerSecond: 1_062_500 } },
    ]);
    assert.equal(model.preferences.value.rateUnit, 'Mbit/s');
  });

  it('don’t hold while one of them means nothing, and each says why', async () => {
    const { element, engine } = await open({ network: WORKING_DAYS });
    const upload = field(byTestId(element, 'rates'), 'rate-upload');
    for (const [text, words] of [
      ['fast', 'Write a number'],
      ['0', 'nothing would ever arrive'],
      ['0.0001', 'at least 0.01 MB/s'],
    ] as const) {
      write(upload, text);
      await until(words, () => (upload.getAttribute('hint') ?? '').includes(words));
    }
    assert.include(textOf(byTestId(element, 'network-state')), 'what held before still does');
    assert.isEmpty(engine.callsOf('setNetworkSettings'));
    write(upload, '');
    await until('no limit', () => engine.callsOf('setNetworkSettings').length === 1);
  });

  it('may be other ones in periods of the week, over midnight, too', async () => {
    const { element, engine } = await open();
    byTestId(element, 'add-period').click();
    const period = await until('the period', () => byTestId(element, 'limit-period'));
    byTestId(period, 'day-0').click();
    await until('the day', () => byTestId(period, 'day-0').getAttribute('aria-pressed') === 'true');
    write(byTestId(period, 'period-from'), '22:00');
    write(byTestId(period, 'period-to'), '06:30');
    await until(
      'the next day',
      () => byTestId(period, 'period-to').getAttribute('label') === 'To, the next day',
    );
    await until('it to hold', () => byTestId(element, 'network-state').dataset.state === 'saved');
    assert.deepEqual(engine.callsOf('setNetworkSettings').at(-1), {
      limits: {},
      periods: [{ weekdays: [0, 1, 2, 3, 4, 5], fromMinute: 1_320, toMinute: 390, limits: {} }],
      pauseOnMetered: false,
    });
    byTestId(period, 'remove-period').click();
    await until('it to go', () => !hasTestId(element, 'limit-period'));
  });

  it('of a period need a day', async () => {
    const { element, engine } = await open({ network: WORKING_DAYS });
    for (const day of [1, 2]) {
      byTestId(element, `day-${day}`).click();
      await until(
        'the change',
        () => byTestId(element, `day-${day}`).getAttribute('aria-pressed') === 'false',
      );
    }
    assert.include(textOf(element), 'Choose at least one day.');
    assert.lengthOf(engine.callsOf('setNetworkSettings'), 1);
  });

  it('wait for another network if the person wants that, and say why they can’t be kept', async () => {
    const { element, engine } = await open();
    engine.failures.set('setNetworkSettings', 'internal');
    const metered = byTestId<HTMLInputElement>(element, 'pause-on-metered');
    metered.checked = true;
    metered.dispatchEvent(new Event('change', { bubbles: true }));
    await until('the reason', () => textOf(element).includes(ERRORS.internal.words));
    assert.deepInclude(engine.callsOf('setNetworkSettings').at(-1), { pauseOnMetered: true });
  });
});

describe('the server’s status', () => {
  afterEach(unmountAll);

  async function status(options: FakeModelOptions) {
    const fake = fakeModel({ session: SIGNED_IN, ...options });
    await fake.model.start();
    const element = document.createElement('hf-server-status');
    element.model = fake.model;
    await mount(element);
    await until('the result', () => hasTestId(element, 'scrub-result'));
    return { element, ...fake };
  }

  it('says how much of a quota is used, where there is one', async () => {
    const { element } = await status({ quotaBytes: 52_000_000_000 });
    assert.equal(byTestId(element, 'quota').dataset.percent, '92');
    assert.include(textOf(byTestId(element, 'quota')), 'nearly used up');
    unmountAll();
    assert.isFalse(hasTestId((await status({})).element, 'quota'));
  });

  it('starts the server’s own check for administrators alone', async () => {
    const { element, engine, model } = await status({});
    byTestId(element, 'start-scrub').click();
    await until('the word', () => model.notices.toasts.value[0]?.text.includes('reads and checks all'));
    assert.lengthOf(engine.callsOf('startScrub'), 1);
    unmountAll();
    const other = await status({ session: { kind: 'signed-in', accountName: 'kim', role: 'user' } });
    assert.isFalse(hasTestId(other.element, 'start-scrub'));
  });
});
