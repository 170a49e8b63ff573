/** The sink for what a person chose to restore into. */
import type { RestoreTarget } from '../../bridge/engine-api.ts';
import { openDownloadPort } from './download-port.ts';
import { FolderSink } from './folder-sink.ts';
import { singleFileSink } from './single-file-sink.ts';
import type { RestoreSink } from './sink.ts';
import { ZipSink } from './zip-sink.ts';

/** `onCancel` is called when the receiver of a download goes away. */
export function openSink(target: RestoreTarget, onCancel: () => void): RestoreSink {
  if (target.kind === 'folder') return new FolderSink(target.handle, target.conflict);
  const port = openDownloadPort(target.port, onCancel);
  return target.as === 'zip' ? new ZipSink(port) : singleFileSink(port);
}
