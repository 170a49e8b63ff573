import { assert } from 'chai';
import type { EntryInfo } from '../../../../web/bridge/engine-api.ts';
import { entryKeys, type EntryKeysHost } from '../../../../web/ui/components/entry-keys.ts';
import { entryIcon, sortEntries } from '../../../../web/ui/entry-order.ts';

const entries: readonly EntryInfo[] = [
  { kind: 'file', name: 'b10.txt', sizeBytes: 5, modifiedAtMs: 3 },
  { kind: 'file', name: 'B2.txt', sizeBytes: 9, modifiedAtMs: 1 },
  { kind: 'folder', name: 'z', sizeBytes: 0 },
  { kind: 'file', name: 'a.txt', sizeBytes: 5, modifiedAtMs: 2 },
];

describe('the order of entries', () => {
  function names(column: 'name' | 'size' | 'modified', descending = false) {
    return sortEntries(entries, { column, descending }).map(({ name }) => name);
  }

  it('has folders first, and numbers in names by value', () => {
    assert.deepEqual(names('name'), ['z', 'a.txt', 'B2.txt', 'b10.txt']);
    assert.deepEqual(names('name', true), ['z', 'b10.txt', 'B2.txt', 'a.txt']);
  });

  it('by size and date is settled by name where equal', () => {
    assert.deepEqual(names('size'), ['z', 'a.txt', 'b10.txt', 'B2.txt']);
    assert.deepEqual(names('modified', true), ['z', 'b10.txt', 'a.txt', 'B2.txt']);
  });

  it('leaves the engine’s list as it is', () => {
    const before = [...entries];
    names('name');
    assert.deepEqual(entries, before);
  });

  it('shows kinds by icon', () => {
    const icon = (name: string) => entryIcon({ kind: 'file', name, sizeBytes: 1 });
    assert.deepEqual(
      [icon('a.JPG'), icon('b.tar.gz'), icon('c'), icon('.zip.txt')],
      ['image', 'archive', 'file', 'file'],
    );
  });
});

describe('keys in a list of entries', () => {
  function press(key: string, init: KeyboardEventInit = {}, active = 1) {
    const done: string[] = [];
    const say = (name: string) => (index?: number) =>
      void done.push(index === undefined ? name : `${name} ${index}`);
    const host: EntryKeysHost = {
      rows: [{ name: 'apple' }, { name: 'banana' }, { name: 'cherry' }, { name: 'avocado' }],
      active,
      pageRows: 10,
      activate: say('activate'),
      toggle: say('toggle'),
      toggleAll: say('all'),
      extendTo: say('extend'),
      clear: say('clear'),
      open: say('open'),
      up: say('up'),
    };
    const taken = entryKeys(host, new KeyboardEvent('keydown', { key, ...init }));
    return taken ? done.join() : 'ignored';
  }

  it('move, open, select and go up', () => {
    const cases: readonly (readonly [string, string])[] = [
      ['ArrowDown', 'activate 2'],
      ['ArrowUp', 'activate 0'],
      ['PageDown', 'activate 11'],
      ['Home', 'activate 0'],
      ['End', 'activate 3'],
      ['Enter', 'open 1'],
      ['ArrowRight', 'open 1'],
      [' ', 'toggle 1'],
      ['Backspace', 'up'],
      ['ArrowLeft', 'up'],
      ['Escape', 'clear'],
    ];
    for (const [key, done] of cases) assert.equal(press(key), done, key);
  });

  it('select several with Shift, everything with Ctrl or Cmd A', () => {
    assert.equal(press('ArrowDown', { shiftKey: true }), 'extend 2');
    assert.equal(press('a', { ctrlKey: true }), 'all');
    assert.equal(press('A', { metaKey: true }), 'all');
  });

  it('jump to the next name that begins with a letter, around the end', () => {
    assert.equal(press('a'), 'activate 3');
    assert.equal(press('a', {}, 3), 'activate 0');
    assert.equal(press('x'), 'ignored');
  });

  it('leave the browser’s own shortcuts alone', () => {
    assert.equal(press('c', { ctrlKey: true }), 'ignored');
    assert.equal(press('ArrowLeft', { altKey: true }), 'ignored');
    assert.equal(press('Tab'), 'ignored');
  });
});
