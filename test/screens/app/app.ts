/** The app over a fake engine, in a state that the address's `?state=` names: for screens of every state. */
import '@awesome.me/webawesome/dist/styles/themes/default.css';
import { mountApp } from '../../../web/ui/shell.ts';
import { fakeModel } from '../../browser/ui/fake-model.ts';
import { STATES } from './states.ts';

const query = new URLSearchParams(location.search);
const state = STATES[query.get('state') ?? 'backup'] ?? {};
const theme = query.get('theme') ?? 'system';
const fake = fakeModel({
  ...state.options,
  addressBar: window,
  storage: new Map([['holdfast-preferences', JSON.stringify({ theme, accountName: 'mara' })]]),
});
mountApp(fake.model, document);
await fake.model.start();
state.after?.(fake);
document.documentElement.dataset.ready = 'true';
