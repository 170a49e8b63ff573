/** OPAQUE with the least stretching of passwords. Only tests ever load it. */
import { client as strong, ready } from '@serenity-kit/opaque';

const keyStretching = /** @type {const} */ ({
  'argon2id-custom': { iterations: 1, memory: 32, parallelism: 4 },
});

/** @type {typeof strong} */
export const client = {
  ...strong,
  finishRegistration: (options) => strong.finishRegistration({ ...options, keyStretching }),
  finishLogin: (options) => strong.finishLogin({ ...options, keyStretching }),
};
export { ready };
