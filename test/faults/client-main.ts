/**
 * A client in a process of its own, which the test kills: signs in, backs up the files that a seed makes, and says which
 * snapshot that became. Its arguments: the server's address, name, password, round.
 */
import { acceptedSnapshot, backUp } from '../helpers/engine-device.ts';
import { picked, startEngine } from '../worker/engine-client.ts';
import { contentsOf } from './contents.ts';

const [url = '', name = '', password = '', seed = '0', round = '0'] = process.argv.slice(2);
const client = await startEngine(url);
await signInPatiently();
process.stdout.write('signed in\n');
const contents = contentsOf(Number(seed), Number(round));
const job = await backUp(client, 'Documents', picked(contents, [], 1_700_000_000_000 + Number(round)));
process.stdout.write(`snapshot ${await acceptedSnapshot(client, job)}\n`);
process.exit(0);

/**
 * As a person does whom a broken line cut off or made nonsense of: signing in isn't tried again by itself. Also who is
 * told that the password is wrong, and knows that it isn't: a line that doubles the first of the two steps has the
 * server go by a challenge that the client doesn't answer.
 */
async function signInPatiently(): Promise<void> {
  for (let triesLeft = 10; ; triesLeft--) {
    try {
      await client.engine.signIn({ name, password, keepUnlocked: false });
      return;
    } catch (error) {
      if (triesLeft === 0) throw error;
    }
  }
}
