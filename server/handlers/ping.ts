/** `ping`: shows that the server is alive, however long its other answers take. */
import type { Handler } from './handler.ts';

export const ping: Handler<'ping'> = () => ({ type: 'pong' });
