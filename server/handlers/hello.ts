/** `hello`: the first message; each side tells how much it is ready to receive. */
import { UPLOAD_CREDIT_BYTES } from '../../shared/limits.ts';
import { SERVER_VERSION } from '../version.ts';
import type { Handler } from './handler.ts';

export const hello: Handler<'hello'> = ({ downloadCreditBytes }, { connection, services }) => {
  connection.outlet.grant(downloadCreditBytes);
  connection.greeted = true;
  return {
    type: 'welcome',
    uploadCreditBytes: UPLOAD_CREDIT_BYTES,
    serverTimeMs: services.clock.nowMs(),
    serverVersion: SERVER_VERSION,
  };
};
