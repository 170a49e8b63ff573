/** Opens the port: http and WebSockets, with TLS if there is a certificate. */
import uWS from 'uWebSockets.js';
import type { TemplatedApp, us_listen_socket } from 'uWebSockets.js';
import { HoldfastError } from '../../shared/errors.ts';
import { serveHttp } from './http.ts';
import type { HttpOptions } from './http.ts';
import { serveWebSockets } from './websocket.ts';
import type { WebSocketOptions } from './websocket.ts';

export interface ListenOptions extends Omit<HttpOptions, 'tls'>, WebSocketOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly tls: { readonly certFile: string; readonly keyFile: string } | undefined;
}

export interface Listener {
  readonly port: number;
  /** No new connection from now on. */
  stopAccepting(): void;
  /** Ends every connection. */
  close(): void;
}

/** uWebSockets.js takes options beside a host, though its types don't say so. */
type ListenExclusively = (
  host: string,
  port: number,
  options: number,
  opened: (socket: us_listen_socket | false) => void,
) => void;
/** Else a second server would share the port in silence. */
const EXCLUSIVE_PORT = 1;

/** Resolves when the port is open. Throws `config-invalid` if it can't be. */
export async function listen(options: ListenOptions): Promise<Listener> {
  const app = createApp(options);
  serveWebSockets(app, options);
  serveHttp(app, { ...options, tls: options.tls !== undefined });
  const socket = await open(app, options);
  return {
    port: uWS.us_socket_local_port(socket),
    stopAccepting: () => {
      uWS.us_listen_socket_close(socket);
    },
    close: () => {
      app.close();
    },
  };
}

function createApp({ tls }: ListenOptions): TemplatedApp {
  if (tls === undefined) return uWS.App();
  return uWS.SSLApp({ cert_file_name: tls.certFile, key_file_name: tls.keyFile });
}

function open(app: TemplatedApp, { host, port }: ListenOptions): Promise<us_listen_socket> {
  return new Promise((resolve, reject) => {
    const listenExclusively = app.listen.bind(app) as unknown as ListenExclusively;
    listenExclusively(addressOf(host), port, EXCLUSIVE_PORT, (socket) => {
      if (socket !== false) resolve(socket);
      else
        reject(new HoldfastError('config-invalid', { detail: `Port ${port} of ${host} can't be opened.` }));
    });
  });
}

/** "localhost" is this machine alone, and the same address everywhere. */
function addressOf(host: string): string {
  return host === 'localhost' ? '127.0.0.1' : host;
}
