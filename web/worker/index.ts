/** Entry of the engine's thread: the engine behind Comlink. No logic. */
import { expose } from 'comlink';
import { trustOwnScripts } from '../../shared/trusted-scripts.ts';
import { browserPorts } from './browser-ports.ts';
import { Engine } from './engine.ts';
import { crossing } from './problems.ts';

trustOwnScripts(self);
const engine = browserPorts().then((ports) => new Engine(ports));
self.addEventListener('online', () => {
  void engine.then((ready) => {
    ready.retryNow();
  });
});
expose(crossing(engine));
