import { assert } from 'chai';
import { createPreviewAddresses } from '../../../../web/bridge/preview-addresses.ts';
import type { PreviewedFile } from '../../../../web/bridge/preview-addresses.ts';
import type { SnapshotId } from '../../../../shared/ids.ts';
import { parseRange } from '../../../../web/sw/byte-range.ts';
import { previewToken, respondWithPreview } from '../../../../web/sw/preview.ts';
import type { PreviewClient } from '../../../../web/sw/preview.ts';

const TOKEN = '0f8fad5b-d9cd-469f-a165-70867728950e';
const SCOPE = 'https://host/app/';
const SIZE_BYTES = 1_500_000;
const content = new Uint8Array(SIZE_BYTES).map((_, index) => index % 251);

/** A page with previews, and what the service worker sees of it. */
function openPage(change: Partial<PreviewedFile> = {}, readable = SIZE_BYTES) {
  const container = new EventTarget();
  const asked: [number, number][] = [];
  const failures: unknown[] = [];
  const addresses = createPreviewAddresses({
    engine: {
      readRange: (_snapshotId, _path, startByte, endByte) => {
        asked.push([startByte, endByte]);
        if (endByte > readable) return Promise.reject(new Error('damaged'));
        return Promise.resolve(content.slice(startByte, endByte));
      },
    },
    serviceWorker: Object.assign(container, {
      startMessages: () => undefined,
    }) as unknown as ServiceWorkerContainer,
    randomUuid: () => TOKEN,
  });
  const address = addresses.open({
    snapshotId: 'ab' as SnapshotId,
    path: ['film.mp4'],
    sizeBytes: SIZE_BYTES,
    contentType: 'video/mp4',
    onFailed: (error) => failures.push(error),
    ...change,
  });
  const client: PreviewClient = {
    postMessage: (data, ports) => {
      container.dispatchEvent(new MessageEvent('message', { data, ports: ports as MessagePort[] }));
    },
  };
  return { address, client, asked, failures };
}

function ask(client: PreviewClient | undefined, range?: string, destination: RequestDestination = 'video') {
  const headers = new Headers(range === undefined ? {} : { Range: range });
  return respondWithPreview({ destination, headers }, TOKEN, client);
}

describe('a preview', () => {
  it('is addressed below the service worker’s scope only', () => {
    assert.equal(previewToken(new URL(`${SCOPE}preview/${TOKEN}`), SCOPE), TOKEN);
    for (const url of [`https://host/preview/${TOKEN}`, `${SCOPE}preview/${TOKEN}/x`, `${SCOPE}preview/x`]) {
      assert.isUndefined(previewToken(new URL(url), SCOPE), url);
    }
  });

  it('gives the whole file, piece by piece', async () => {
    const { address, client, asked } = openPage();
    assert.equal(address.url, `./preview/${TOKEN}`);
    const response = await ask(client);
    assert.equal(response.status, 200);
    assert.equal(response.headers.get('Content-Length'), String(SIZE_BYTES));
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), content);
    assert.isAbove(asked.length, 1);
  });

  it('gives a range, and asks the engine for nothing beside it', async () => {
    const { client, asked } = openPage();
    const response = await ask(client, 'bytes=1000-1999');
    assert.equal(response.status, 206);
    assert.equal(response.headers.get('Content-Range'), `bytes 1000-1999/${SIZE_BYTES}`);
    assert.deepEqual(new Uint8Array(await response.arrayBuffer()), content.slice(1_000, 2_000));
    assert.deepEqual(asked, [[1_000, 2_000]]);
  });

  it('reads on only as bytes are taken, and no more once the element has gone', async () => {
    const { client, asked } = openPage();
    const response = await ask(client, 'bytes=0-');
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(asked.length, 1);
    await response.body?.cancel();
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.equal(asked.length, 1);
  });

  it('can run nothing, is stored nowhere, and may be embedded by the app alone', async () => {
    const { headers } = await ask(openPage().client);
    assert.equal(headers.get('Content-Type'), 'video/mp4');
    assert.equal(headers.get('Content-Security-Policy'), "default-src 'none'; sandbox");
    assert.equal(headers.get('X-Content-Type-Options'), 'nosniff');
    assert.equal(headers.get('Cross-Origin-Resource-Policy'), 'same-origin');
    assert.equal(headers.get('Cache-Control'), 'no-store');
  });

  it('is never a document, a script or an SVG, whatever the page says', async () => {
    for (const contentType of [
      'text/html',
      'image/svg+xml',
      'application/xhtml+xml',
      'video/mp4; x',
      'text/xml',
    ]) {
      assert.equal((await ask(openPage({ contentType }).client)).status, 404, contentType);
    }
    for (const destination of ['document', 'iframe', 'script', 'object', 'embed', 'style', ''] as const) {
      assert.equal((await ask(openPage().client, undefined, destination)).status, 404, destination);
    }
  });

  it('is answered to the page that opened it alone, and for as long as it is open', async () => {
    const { address, client } = openPage();
    assert.equal((await ask(undefined)).status, 404);
    address.close();
    assert.equal((await ask(client)).status, 404);
  });

  it('behind the end is refused', async () => {
    const response = await ask(openPage().client, `bytes=${SIZE_BYTES}-`);
    assert.equal(response.status, 416);
    assert.equal(response.headers.get('Content-Range'), `bytes */${SIZE_BYTES}`);
  });

  it('that can’t be read breaks off, and the page hears why', async () => {
    const { client, failures } = openPage({}, 1_000_000);
    const response = await ask(client);
    const failed = await response.arrayBuffer().then(
      () => false,
      () => true,
    );
    assert.isTrue(failed);
    assert.equal(failures.length, 1);
  });
});

describe('the range of a request', () => {
  it('is understood in the forms that players use', () => {
    assert.deepEqual(parseRange('bytes=0-', 10), { startByte: 0, endByte: 10 });
    assert.deepEqual(parseRange('bytes=2-5', 10), { startByte: 2, endByte: 6 });
    assert.deepEqual(parseRange('bytes=2-99', 10), { startByte: 2, endByte: 10 });
    assert.deepEqual(parseRange('bytes=-3', 10), { startByte: 7, endByte: 10 });
    assert.deepEqual(parseRange('bytes=-30', 10), { startByte: 0, endByte: 10 });
  });

  it('beyond the end can’t be satisfied', () => {
    for (const header of ['bytes=10-', 'bytes=10-20', 'bytes=-0']) {
      assert.equal(parseRange(header, 10), 'unsatisfiable', header);
    }
    assert.equal(parseRange('bytes=0-', 0), 'unsatisfiable');
  });

  it('that is none, several or nonsense asks for the whole', () => {
    for (const header of ['', 'bytes=', 'bytes=-', 'bytes=5-2', 'bytes=0-1,3-4', 'items=0-1', 'bytes=a-b']) {
      assert.isUndefined(parseRange(header, 10), header);
    }
  });
});
