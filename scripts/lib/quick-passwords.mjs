/**
 * Imported before each test file in Node. Where tests need an account and not a strong one, a password costs a
 * hundredth of a second instead of more than one: the protocol is the same, but no browser can sign in to such an
 * account. test/shared and the tests in browsers pay the real price.
 */
import { register } from 'node:module';

const QUICK = /[\\/]test[\\/](worker|hostile)[\\/]/;

if (QUICK.test(process.argv[1] ?? '')) register('./quick-passwords-hook.mjs', import.meta.url);
