import { assert } from 'chai';
import type { SnapshotId } from '../../../../shared/ids.ts';
import type { RestoreRequest } from '../../../../web/bridge/engine-api.ts';
import type { DownloadRequest } from '../../../../web/bridge/download.ts';
import { until } from '../dom.ts';
import { FakeEngine } from '../fake-engine.ts';
import { Notices } from '../../../../web/state/notices.ts';
import { Restores } from '../../../../web/state/restores.ts';

const selection = { snapshotId: '01'.repeat(16) as SnapshotId, paths: [['a']] };

function restores(end: 'ended' | 'lost') {
  const engine = new FakeEngine();
  const notices = new Notices();
  const asked: DownloadRequest[] = [];
  const { port1 } = new MessageChannel();
  const downloads = {
    streams: true,
    open: (request: DownloadRequest) => {
      asked.push(request);
      return Promise.resolve({ port: port1, ended: Promise.resolve(end) });
    },
  };
  return { engine, notices, asked, port1, restores: new Restores(engine, downloads, notices) };
}

describe('starting a restore', () => {
  it('as a zip gives the engine the port of the download', async () => {
    const { engine, asked, port1, restores: it } = restores('ended');
    await it.asZip(selection, 'Photos.zip');
    assert.deepEqual(asked, [{ as: 'zip', fileName: 'Photos.zip' }]);
    const [request] = engine.callsOf('restore') as RestoreRequest[];
    assert.deepEqual(request, {
      snapshotId: selection.snapshotId,
      selection: [['a']],
      target: { kind: 'stream', as: 'zip', port: port1 },
    });
  });

  it('as a file tells the browser its exact size', async () => {
    const { asked, restores: it } = restores('ended');
    await it.asFile(selection, 'a.bin', 42);
    assert.deepEqual(asked, [{ as: 'file', fileName: 'a.bin', sizeBytes: 42 }]);
  });

  it('into a folder passes the choice about files that are there', async () => {
    const { engine, restores: it } = restores('ended');
    const handle = {} as FileSystemDirectoryHandle;
    await it.intoFolder(selection, handle, 'skip');
    const [request] = engine.callsOf('restore') as RestoreRequest[];
    assert.deepEqual(request?.target, { kind: 'folder', handle, conflict: 'skip' });
  });

  it('is stopped, in words, when the browser ends the download by itself', async () => {
    const { engine, notices, restores: it } = restores('lost');
    const jobId = await it.asZip(selection, 'Photos.zip');
    await until('the job to be stopped', () => engine.callsOf('cancelJob').length === 1);
    assert.deepEqual(engine.callsOf('cancelJob'), [jobId]);
    assert.include(notices.toasts.value[0]?.text, 'ended the download');
  });
});
