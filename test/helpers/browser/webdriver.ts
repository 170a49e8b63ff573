/** A page's driver by the few commands of W3C WebDriver that the tests need, whatever carries them. */
import type { PageDriver } from './page.ts';

/** The key under which WebDriver names an element. */
const ELEMENT_KEY = 'element-6066-11e4-a52e-4f735466cecf';
const SCRIPT_TIMEOUT_MS = 300_000;

export type WebDriverCommand =
  'SetTimeouts' | 'Navigate' | 'ExecuteAsyncScript' | 'PerformActions' | 'ReleaseActions' | 'ElementSendKeys';

/** Has the browser do it, and resolves with what it answers. Rejects with the browser's words. */
export type SendCommand = (
  command: WebDriverCommand,
  parameters: Readonly<Record<string, unknown>>,
) => Promise<unknown>;

/** The driver of the page that the session behind `send` has open. */
export async function openDriver(send: SendCommand): Promise<PageDriver> {
  await send('SetTimeouts', { script: SCRIPT_TIMEOUT_MS });
  const evaluate = async (expression: string): Promise<unknown> => {
    const script = `const done = arguments[0]; Promise.resolve(${expression}).then(done, (error) => done(String(error)));`;
    const answer = await send('ExecuteAsyncScript', { script, args: [] });
    if (answer === null) throw new Error('The document went away before it could answer.');
    return answer;
  };
  const perform = async (action: object): Promise<void> => {
    await send('PerformActions', { actions: [action] });
    await send('ReleaseActions', {});
  };
  return {
    navigate: async (url) => {
      await send('Navigate', { url });
    },
    evaluate: async (expression) => String(await evaluate(expression)),
    clickAt: async (x, y) => {
      const move = { type: 'pointerMove', x: Math.round(x), y: Math.round(y) };
      const [down, up] = [
        { type: 'pointerDown', button: 0 },
        { type: 'pointerUp', button: 0 },
      ];
      await perform({ type: 'pointer', id: 'mouse', actions: [move, down, up] });
    },
    typeText: async (text) => {
      const keys = Array.from(text).flatMap((value) => [
        { type: 'keyDown', value },
        { type: 'keyUp', value },
      ]);
      await perform({ type: 'key', id: 'keyboard', actions: keys });
    },
    setFiles: async (expression, files) => {
      const element = (await evaluate(expression)) as Readonly<Record<string, string>>;
      await send('ElementSendKeys', { id: element[ELEMENT_KEY] ?? '', text: files.join('\n') });
    },
  };
}
