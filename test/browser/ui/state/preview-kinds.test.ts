import { assert } from 'chai';
import { decodeText, previewTypeOf, previewTypeOfBytes } from '../../../../web/state/preview-kinds.ts';

const utf8 = (text: string) => new TextEncoder().encode(text);

describe('the kind of a preview', () => {
  it('goes by the name where that is clear, in any case', () => {
    assert.equal(previewTypeOf('a.JPG')?.kind, 'image');
    assert.equal(previewTypeOf('a.b.mp3')?.kind, 'audio');
    assert.equal(previewTypeOf('clip.webm')?.kind, 'video');
    assert.equal(previewTypeOf('a.pdf')?.kind, 'pdf');
    for (const name of ['README', 'a.txt', 'page.html', '.jpgx', 'constructor', 'x.constructor'])
      assert.isUndefined(previewTypeOf(name), name);
  });

  it('is never a type that a browser treats as a page', () => {
    for (const name of ['a.html', 'a.htm', 'a.xhtml', 'a.xml', 'a.mht', 'a.svgz', 'a.js'])
      assert.isUndefined(previewTypeOf(name), name);
    assert.equal(previewTypeOfBytes(utf8('<!doctype html>')).contentType, 'text/plain');
  });

  it('is text only where no control characters are in it', () => {
    assert.equal(previewTypeOfBytes(utf8('tab\tline\r\n\fform \u001b[1m')).kind, 'text');
    assert.equal(previewTypeOfBytes(new Uint8Array([65, 0, 66])).kind, 'none');
  });
});

describe('the encoding of a text', () => {
  it('is told by a byte order mark', () => {
    const utf16 = new Uint8Array([0xff, 0xfe, 0x41, 0, 0xdf, 0]);
    assert.deepEqual(decodeText(utf16), { text: 'Aß', encoding: 'utf-16le' });
    const big = new Uint8Array([0xfe, 0xff, 0, 0x41]);
    assert.deepEqual(decodeText(big), { text: 'A', encoding: 'utf-16be' });
    assert.equal(decodeText(new Uint8Array([0xef, 0xbb, 0xbf, 0x41]))?.text, 'A');
  });

  it('is UTF-8 where it fits, even if the last character is cut', () => {
    assert.deepEqual(decodeText(utf8('Grüße 😀')), { text: 'Grüße 😀', encoding: 'utf-8' });
    assert.deepEqual(decodeText(utf8('ab😀').slice(0, 4)), { text: 'ab', encoding: 'utf-8' });
  });

  it('is Windows-1252 else', () => {
    const latin = new Uint8Array([0x47, 0x72, 0xfc, 0xdf, 0x65, 0x80]);
    assert.deepEqual(decodeText(latin), { text: 'Grüße€', encoding: 'windows-1252' });
  });
});
