import { assert } from 'chai';
import { createDownloads, type DownloadEnvironment } from '../../../../web/bridge/download.ts';
import type { DownloadPortMessage } from '../../../../web/bridge/engine-api.ts';
import type { ServiceWorkerRequest } from '../../../../web/bridge/sw-api.ts';
import { Downloads } from '../../../../web/sw/download.ts';
import { until } from '../dom.ts';

const ID = '0f8fad5b-d9cd-469f-a165-70867728950e';

/** A document whose downloads are caught instead of saved, and whose frames load nothing. */
function catchingDocument() {
  const saved: { name: string; blob: Promise<Blob> }[] = [];
  const frames: string[] = [];
  const onClick = (event: Event): void => {
    if (!(event.target instanceof HTMLAnchorElement) || event.target.download === '') return;
    event.preventDefault();
    saved.push({
      name: event.target.download,
      blob: fetch(event.target.href).then((answer) => answer.blob()),
    });
  };
  document.addEventListener('click', onClick);
  const fake = {
    createElement: (name: string) => (name === 'iframe' ? fakeFrame(frames) : document.createElement(name)),
    body: {
      append: (node: unknown) => {
        if (node instanceof Node) document.body.append(node);
      },
    },
  } as unknown as Document;
  return {
    saved,
    frames,
    document: fake,
    stop: () => {
      document.removeEventListener('click', onClick);
    },
  };
}

function fakeFrame(frames: string[]) {
  return {
    set src(url: string) {
      frames.push(url);
    },
    remove: () => undefined,
  };
}

/** The service worker's half, in this thread: what it is asked arrives as it would there. */
function workerOf(downloads: Downloads, ignoresPings = false): ServiceWorker {
  return {
    postMessage: (request: ServiceWorkerRequest, ports: MessagePort[]) => {
      if (request.type === 'download-open') void downloads.open(request, ports);
      if (request.type === 'download-ping' && !ignoresPings) void downloads.pong(request.id, ports[0]);
    },
  } as unknown as ServiceWorker;
}

/** The engine's half of a download: sends `parts`, one for each pull. */
function sendParts(port: MessagePort, parts: readonly string[], end: DownloadPortMessage = { type: 'end' }) {
  const heard: string[] = [];
  let next = 0;
  port.onmessage = (event: MessageEvent<DownloadPortMessage>) => {
    heard.push(event.data.type);
    if (event.data.type !== 'pull') return;
    const part = parts[next++];
    port.postMessage(part === undefined ? end : { type: 'data', bytes: new TextEncoder().encode(part) });
  };
  return heard;
}

describe('a download', () => {
  let caught: ReturnType<typeof catchingDocument>;

  beforeEach(() => {
    caught = catchingDocument();
  });

  afterEach(() => {
    caught.stop();
  });

  function environment(worker?: ServiceWorker): DownloadEnvironment {
    return {
      document: caught.document,
      serviceWorker: { isAvailable: worker !== undefined, active: () => Promise.resolve(worker) },
      randomUuid: () => ID,
    };
  }

  it('without a service worker is collected and saved whole', async () => {
    const downloads = createDownloads(environment());
    assert.isFalse(downloads.streams);
    const { port, ended } = await downloads.open({ fileName: 'ü.txt', as: 'file' });
    sendParts(port, ['one ', 'two']);
    assert.equal(await ended, 'ended');
    assert.equal(caught.saved[0]?.name, 'ü.txt');
    assert.equal(await (await caught.saved[0]?.blob)?.text(), 'one two');
  });

  it('that the engine breaks off saves nothing', async () => {
    const { port, ended } = await createDownloads(environment()).open({ fileName: 'x', as: 'zip' });
    sendParts(port, ['half'], { type: 'abort', words: 'damaged' });
    assert.equal(await ended, 'ended');
    assert.isEmpty(caught.saved);
  });

  it('through the service worker streams at an address of its own', async () => {
    const worker = new Downloads();
    const downloads = createDownloads(environment(workerOf(worker)));
    assert.isTrue(downloads.streams);
    const opening = downloads.open({ fileName: 'a b/ü.zip', as: 'zip' });
    await until('the frame', () => caught.frames.length === 1);
    assert.deepEqual(caught.frames, [`./download/${ID}/a%20b%2F%C3%BC.zip`]);
    const response = await worker.respond(ID);
    const { port, ended } = await opening;
    sendParts(port, ['one ', 'two']);
    assert.equal(await response.text(), 'one two');
    assert.equal(await ended, 'ended');
    assert.isEmpty(caught.saved);
  });

  it('that the browser never asks the service worker for is collected instead', async function () {
    this.timeout(15_000);
    const opening = createDownloads(environment(workerOf(new Downloads()))).open({
      fileName: 'x.bin',
      as: 'file',
    });
    const { port, ended } = await opening;
    sendParts(port, ['whole']);
    await ended;
    assert.equal(await (await caught.saved[0]?.blob)?.text(), 'whole');
  });

  it('asks the engine for no more than the browser takes', async () => {
    const worker = new Downloads();
    const opening = createDownloads(environment(workerOf(worker))).open({ fileName: 'x', as: 'file' });
    await until('the frame', () => caught.frames.length === 1);
    const response = await worker.respond(ID);
    const { port } = await opening;
    const heard = sendParts(
      port,
      Array.from({ length: 50 }, () => 'part '),
    );
    await new Promise((resolve) => setTimeout(resolve, 200));
    assert.isAtMost(heard.length, 3);
    await response.body?.cancel();
    await until('the engine to hear of it', () => heard.includes('cancel'));
  });

  it('fails in the browser when the engine breaks off', async () => {
    const worker = new Downloads();
    const opening = createDownloads(environment(workerOf(worker))).open({ fileName: 'x', as: 'file' });
    await until('the frame', () => caught.frames.length === 1);
    const response = await worker.respond(ID);
    const { port, ended } = await opening;
    sendParts(port, ['half'], { type: 'abort', words: 'damaged' });
    const failed = await response.text().then(
      () => false,
      () => true,
    );
    assert.isTrue(failed);
    assert.equal(await ended, 'ended');
  });
});
