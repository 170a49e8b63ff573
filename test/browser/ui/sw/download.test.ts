import { assert } from 'chai';
import { attachmentHeader } from '../../../../web/sw/content-disposition.ts';
import { downloadId, Downloads } from '../../../../web/sw/download.ts';

const ID = '0f8fad5b-d9cd-469f-a165-70867728950e';
const SCOPE = 'https://host/app/';

function opened(downloads: Downloads, sizeBytes?: number) {
  const bytes = new MessageChannel();
  const control = new MessageChannel();
  const request = {
    type: 'download-open',
    id: ID,
    fileName: 'Überblick "1".pdf',
    contentType: 'application/octet-stream',
  } as const;
  void downloads.open(sizeBytes === undefined ? request : { ...request, sizeBytes }, [
    bytes.port2,
    control.port2,
  ]);
  return { bytes: bytes.port1, control: control.port1 };
}

describe('the service worker’s downloads', () => {
  it('are addressed below its scope only', () => {
    assert.equal(downloadId(new URL(`${SCOPE}download/${ID}/x`), SCOPE), ID);
    for (const url of [
      `https://host/download/${ID}/x`,
      `${SCOPE}download/../x`,
      `${SCOPE}downloads/${ID}/x`,
      `${SCOPE}x/download/${ID}/x`,
    ]) {
      assert.isUndefined(downloadId(new URL(url), SCOPE), url);
    }
  });

  it('are attachments that can run nothing and are stored nowhere', async () => {
    const downloads = new Downloads();
    opened(downloads, 42);
    const { headers } = await downloads.respond(ID);
    assert.match(headers.get('Content-Disposition') ?? '', /^attachment; /);
    assert.equal(headers.get('Content-Security-Policy'), "default-src 'none'; sandbox");
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
    assert.equal(headers.get('Cache-Control'), 'no-store');
    assert.equal(headers.get('Content-Length'), '42');
  });

  it('are answered once, and never for an id that nobody registered', async () => {
    const downloads = new Downloads();
    opened(downloads);
    assert.equal((await downloads.respond(ID)).status, 200);
    assert.equal((await downloads.respond(ID)).status, 410);
    assert.equal((await new Downloads().respond(ID)).status, 410);
    assert.equal((await downloads.respond(undefined)).status, 410);
  });

  it('hold the worker for a while at a time: browsers end one whose event goes on for minutes', async () => {
    const downloads = new Downloads(50);
    opened(downloads);
    const startedAtMs = performance.now();
    await downloads.pong(ID, new MessageChannel().port2);
    assert.isAtLeast(performance.now() - startedAtMs, 45);
    assert.equal((await downloads.respond(ID)).status, 200);
  });

  it('hold the worker no longer than they last', async () => {
    const downloads = new Downloads(60_000);
    const { bytes } = opened(downloads);
    const response = await downloads.respond(ID);
    const held = downloads.pong(ID, new MessageChannel().port2);
    bytes.postMessage({ type: 'end' });
    await Promise.all([held, response.text()]);
  });

  it('tell a ping whether they are still known', async () => {
    const downloads = new Downloads();
    opened(downloads);
    assert.deepEqual(await pongOf(downloads, ID), { known: true });
    assert.deepEqual(await pongOf(new Downloads(), ID), { known: false });
  });
});

describe('the name of a download', () => {
  it('survives in full for browsers that read RFC 5987, and in ASCII for the rest', () => {
    assert.equal(
      attachmentHeader('Überblick "1"\\.pdf'),
      `attachment; filename="_berblick _1__.pdf"; filename*=UTF-8''%C3%9Cberblick%20%221%22%5C.pdf`,
    );
    assert.equal(
      attachmentHeader("it's (1)*!.txt"),
      `attachment; filename="it's (1)*!.txt"; filename*=UTF-8''it%27s%20%281%29%2A%21.txt`,
    );
  });

  it('can’t break out of the header', () => {
    const header = attachmentHeader('a\r\nSet-Cookie: x=1\u0000"; b.txt');
    assert.notMatch(header, /[\r\n\u0000]/);
    assert.doesNotThrow(() => new Headers({ 'Content-Disposition': header }));
  });

  it('with a lone surrogate is still a name', () => {
    assert.include(attachmentHeader('a\ud83db'), "filename*=UTF-8''a%EF%BF%BDb");
  });
});

function pongOf(downloads: Downloads, id: string): Promise<unknown> {
  const { port1, port2 } = new MessageChannel();
  void downloads.pong(id, port2);
  return new Promise((resolve) => {
    port1.onmessage = (event) => {
      resolve(event.data);
    };
  });
}
