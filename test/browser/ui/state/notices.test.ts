import { assert } from 'chai';
import { problemFor } from '../../../../web/bridge/problems.ts';
import { Notices, type Toast } from '../../../../web/state/notices.ts';

const question = { title: 'Stop?', text: 'Really?', confirmLabel: 'Stop' };

describe('notices', () => {
  it('keep errors until they are closed, and let the rest go', () => {
    const notices = new Notices();
    notices.toast('success', 'Saved');
    notices.problem(problemFor('storage-full', 'disk 1'));
    const [saved, full] = notices.toasts.value as readonly [Toast, Toast];
    assert.isFalse(saved.sticky);
    assert.isTrue(full.sticky);
    assert.equal(full.detail, 'disk 1');
    notices.dismiss(full.id);
    assert.deepEqual(
      notices.toasts.value.map(({ text }) => text),
      ['Saved'],
    );
  });

  it('show at most four toasts, the newest', () => {
    const notices = new Notices();
    for (let i = 1; i <= 9; i++) notices.toast('info', String(i));
    assert.deepEqual(
      notices.toasts.value.map(({ text }) => text),
      ['6', '7', '8', '9'],
    );
  });

  it('tell the answer to a question, and take a displaced one as a no', async () => {
    const notices = new Notices();
    const first = notices.ask(question);
    const second = notices.ask(question);
    notices.question.value?.answer('yes');
    assert.deepEqual([await first, await second], [false, true]);
    assert.isUndefined(notices.question.value);
  });

  it('raise an alarm once, however often it is told', () => {
    const notices = new Notices();
    notices.alarm(problemFor('history-broken'));
    notices.alarm(problemFor('history-broken'));
    assert.equal(notices.alarms.value.length, 1);
    const [alarm] = notices.alarms.value;
    if (alarm !== undefined) notices.dismissAlarm(alarm);
    assert.isEmpty(notices.alarms.value);
  });

  it('say the same words to a screen reader again', () => {
    const notices = new Notices();
    let told = 0;
    notices.announcement.subscribe(() => told++);
    notices.announce('Paused');
    notices.announce('Paused');
    assert.equal(told, 2);
  });
});
