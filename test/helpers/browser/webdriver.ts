/** The few calls of W3C WebDriver that the tests need, over plain HTTP. */

/** The key under which WebDriver names an element. */
const ELEMENT_KEY = 'element-6066-11e4-a52e-4f735466cecf';
const SCRIPT_TIMEOUT_MS = 300_000;

export interface WebDriverSession {
  navigate(url: string): Promise<void>;
  /** What `expression` evaluates to, awaited if it is a promise. */
  evaluate(expression: string): Promise<unknown>;
  /** Performs input actions and lets go of everything. */
  perform(actions: readonly object[]): Promise<void>;
  /** Gives files to the file input that `expression` evaluates to. */
  setFiles(expression: string, files: readonly string[]): Promise<void>;
}

/** Opens a session with the driver at `url`. */
export async function openWebDriverSession(url: string, capabilities: object): Promise<WebDriverSession> {
  const created = (await call(`${url}/session`, 'POST', { capabilities })) as { readonly sessionId: string };
  const base = `${url}/session/${created.sessionId}`;
  await call(`${base}/timeouts`, 'POST', { script: SCRIPT_TIMEOUT_MS });
  const evaluate = async (expression: string): Promise<unknown> => {
    const script = `const done = arguments[0]; Promise.resolve(${expression}).then(done, (error) => done(String(error)));`;
    return call(`${base}/execute/async`, 'POST', { script, args: [] });
  };
  return {
    navigate: async (target) => {
      await call(`${base}/url`, 'POST', { url: target });
    },
    evaluate,
    perform: async (actions) => {
      await call(`${base}/actions`, 'POST', { actions });
      await call(`${base}/actions`, 'DELETE');
    },
    setFiles: async (expression, files) => {
      const element = (await evaluate(expression)) as Readonly<Record<string, string>>;
      const id = element[ELEMENT_KEY] ?? '';
      await call(`${base}/element/${id}/value`, 'POST', { text: files.join('\n') });
    },
  };
}

async function call(url: string, method: 'POST' | 'DELETE', body?: object): Promise<unknown> {
  const answer = await fetch(url, { method, ...(body === undefined ? {} : { body: JSON.stringify(body) }) });
  const { value } = (await answer.json()) as { readonly value: unknown };
  if (!answer.ok) throw new Error(`${method} ${new URL(url).pathname}: ${JSON.stringify(value)}`);
  return value;
}
