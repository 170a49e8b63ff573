/** `create-upload-session`: another session of the device, which may only send. */
import type { Handler } from './handler.ts';

export const createUploadSession: Handler<'create-upload-session'> = async (
  _message,
  { services, session },
) => ({
  type: 'upload-session',
  token: await services.sessions.createUpload(session),
});
