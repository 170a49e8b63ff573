import { assert } from 'chai';
import { ERRORS } from '../../../../shared/errors.ts';
import type { SnapshotId } from '../../../../shared/ids.ts';
import type { RestoreRequest } from '../../../../web/bridge/engine-api.ts';
import type { HfPreviewDialog } from '../../../../web/ui/components/hf-preview-dialog.ts';
import '../../../../web/ui/components/hf-preview-dialog.ts';
import { byTestId, deep, deepAll, hasTestId, mount, textOf, unmountAll, until } from '../dom.ts';
import { fakeSnapshots, SIGNED_IN } from '../fake-engine.ts';
import { fakeModel, type FakeModelOptions } from '../fake-model.ts';

const snapshotId = '01'.padEnd(32, '0') as SnapshotId;

type Bytes = Uint8Array<ArrayBuffer>;

async function open(name: string, options: FakeModelOptions = {}) {
  const fake = fakeModel({ session: SIGNED_IN, snapshots: fakeSnapshots(), ...options });
  await fake.model.start();
  await fake.model.snapshots.refresh();
  const dialog = document.createElement('hf-preview-dialog');
  Object.assign(dialog, { model: fake.model, target: { snapshotId, path: ['x', name], sizeBytes: 1 } });
  await mount(dialog);
  return { dialog, ...fake };
}

function holding(text: string | Bytes): FakeModelOptions {
  const bytes = typeof text === 'string' ? new TextEncoder().encode(text) : text;
  return { file: () => bytes };
}

function kindOf(dialog: HfPreviewDialog): string | undefined {
  return byTestId(dialog, 'preview').dataset.kind;
}

/** What a script of a file would do if it ran. */
const MARK = 'window.scriptOfAFileRan = true; parent.scriptOfAFileRan = true';

describe('a preview', () => {
  afterEach(unmountAll);

  it('shows a text as it is, and what it is encoded in', async () => {
    const { dialog } = await open('notes', holding('Grüße\n  <b>ß</b>'));
    const text = await until('the text', () => byTestId(dialog, 'preview-text'));
    assert.equal(text.textContent, 'Grüße\n  <b>ß</b>');
    assert.include(textOf(dialog), 'UTF-8');
    assert.isEmpty(deepAll(text, 'b'));
  });

  it('shows a picture, and gives its memory back when it is closed', async () => {
    const { dialog, openUrls } = await open('a.png');
    const image = await until('the picture', () => byTestId<HTMLImageElement>(dialog, 'preview-image'));
    await until('it to be drawn', () => image.naturalWidth === 10);
    assert.equal(openUrls(), 1);
    dialog.target = undefined;
    await until('nothing held', () => openUrls() === 0);
  });

  it('gives memory back when the page is left, and when another file is opened', async () => {
    const { dialog, openUrls, engine } = await open('a.png');
    await until('the picture', () => hasTestId(dialog, 'preview-image'));
    dialog.target = { snapshotId, path: ['b.png'], sizeBytes: 1 };
    await until('the next one', () => engine.callsOf('readRange').length === 2 && kindOf(dialog) === 'image');
    assert.equal(openUrls(), 1);
    dialog.remove();
    assert.equal(openUrls(), 0);
  });

  it('shows pages and scripts as text, never runs them', async () => {
    for (const name of ['evil.html', 'evil.xhtml', 'evil.js', 'evil']) {
      const { dialog } = await open(name, holding(`<!doctype html><script>${MARK}</script>`));
      const text = await until(name, () => byTestId(dialog, 'preview-text'));
      assert.include(text.textContent, '<script>');
      assert.isEmpty(deepAll(dialog, 'script, iframe, object, embed'));
      unmountAll();
    }
    assert.isFalse('scriptOfAFileRan' in globalThis);
  });

  it('draws an SVG without running its scripts', async () => {
    const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="30" height="20" onload="${MARK}">
      <script>${MARK}</script><rect width="30" height="20"/>
      <foreignObject width="9" height="9"><body xmlns="http://www.w3.org/1999/xhtml" onload="${MARK}"/></foreignObject>
      </svg>`;
    const { dialog } = await open('evil.svg', holding(svg));
    const image = await until('the picture', () => byTestId<HTMLImageElement>(dialog, 'preview-image'));
    await until('it to be drawn', () => image.naturalWidth === 30);
    assert.isFalse('scriptOfAFileRan' in globalThis);
  });

  it('does not take a page for a picture because of its name', async () => {
    const { dialog } = await open('evil.png', holding(`<script>${MARK}</script>`));
    await until('the words', () => byTestId(dialog, 'preview-none').dataset.why === 'undrawable');
    assert.isFalse('scriptOfAFileRan' in globalThis);
  });

  it('says why there is none', async () => {
    for (const [name, content, why] of [
      ['a.pdf', '%PDF-1.7', 'pdf'],
      ['a.bin', new Uint8Array([0, 1, 2]), 'type'],
      ['empty.txt', '', 'empty'],
      ['a.mp4', 'x', 'browser'],
    ] as const) {
      const { dialog } = await open(name, holding(typeof content === 'string' ? content : content.slice()));
      await until(name, () => byTestId(dialog, 'preview-none').dataset.why === why);
      unmountAll();
    }
  });

  it('shows the beginning of a long text, and says so', async () => {
    const { dialog, engine } = await open('long.log', holding('line\n'.repeat(400_000)));
    await until('the words', () => textOf(dialog).includes('only its beginning is shown'));
    const ends = engine.callsOf('readRange').map((call) => (call as { endByte: number }).endByte);
    assert.isAtMost(Math.max(...ends), 1024 * 1024);
  });

  it('says why the file can’t be read', async () => {
    const fake = fakeModel({ session: SIGNED_IN, snapshots: fakeSnapshots() });
    await fake.model.start();
    fake.engine.failures.set('openPreview', 'entry-missing');
    const dialog = document.createElement('hf-preview-dialog');
    Object.assign(dialog, { model: fake.model, target: { snapshotId, path: ['x'], sizeBytes: 1 } });
    await mount(dialog);
    await until('the words', () => textOf(dialog).includes(ERRORS['entry-missing'].words));
  });

  it('offers the file as a download, and its versions', async () => {
    const { dialog, engine } = await open('notes.txt');
    await until('the text', () => hasTestId(dialog, 'preview-text'));
    byTestId(dialog, 'preview-download').click();
    await until('the request', () => engine.callsOf('restore').length === 1);
    const [request] = engine.callsOf('restore') as RestoreRequest[];
    assert.deepEqual(request?.selection, [['x', 'notes.txt']]);
    assert.include(
      deep<HTMLElement & { href: string }>(dialog, '[data-testid="preview-versions"]').href,
      '#/versions/',
    );
  });
});
