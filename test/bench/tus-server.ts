/** The peer's server, as its documentation sets it up. Argument: the folder to store uploads in. */
import type { AddressInfo } from 'node:net';
import { FileStore } from '@tus/file-store';
import { Server } from '@tus/server';

const [, , directory = '.'] = process.argv;
const server = new Server({ path: '/files', datastore: new FileStore({ directory }) });
const listener = server.listen({ host: '127.0.0.1', port: 0 }, () => {
  process.stdout.write(`${(listener.address() as AddressInfo).port}\n`);
});
