/** WebDriver's commands over HTTP, as the driver beside a browser takes them. */
import type { SendCommand, WebDriverCommand } from './webdriver.ts';

type Parameters = Readonly<Record<string, unknown>>;

interface Route {
  readonly method: 'POST' | 'DELETE';
  /** Below the session. */
  readonly path: (parameters: Parameters) => string;
}

const ROUTES: Readonly<Record<WebDriverCommand, Route>> = {
  SetTimeouts: { method: 'POST', path: () => 'timeouts' },
  Navigate: { method: 'POST', path: () => 'url' },
  ExecuteAsyncScript: { method: 'POST', path: () => 'execute/async' },
  PerformActions: { method: 'POST', path: () => 'actions' },
  ReleaseActions: { method: 'DELETE', path: () => 'actions' },
  ElementSendKeys: { method: 'POST', path: ({ id }) => `element/${String(id)}/value` },
};

/** Opens a session with the driver at `url` and resolves with what sends commands to it. */
export async function openHttpSession(url: string, capabilities: object): Promise<SendCommand> {
  const created = (await call(`${url}/session`, 'POST', { capabilities })) as { readonly sessionId: string };
  return async (command, parameters) => {
    const { method, path } = ROUTES[command];
    return call(`${url}/session/${created.sessionId}/${path(parameters)}`, method, parameters);
  };
}

async function call(url: string, method: Route['method'], parameters: Parameters): Promise<unknown> {
  const body = method === 'POST' ? { body: JSON.stringify(parameters) } : {};
  const answer = await fetch(url, { method, ...body });
  const { value } = (await answer.json()) as { readonly value: unknown };
  if (!answer.ok) throw new Error(`${method} ${new URL(url).pathname}: ${JSON.stringify(value)}`);
  return value;
}
