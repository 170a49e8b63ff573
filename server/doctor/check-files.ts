/** Checks what stands in a data folder beside records: who may read it, the sign-in secret, strangers, and room. */
import { chmodSync, existsSync, readFileSync, readdirSync, statSync, statfsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataFolder } from '../data-folder.ts';
import { SEGMENT_HEADER_BYTES } from '../store/disk/segment-header.ts';
import { segmentNumbers } from '../store/disk/segment-names.ts';
import { note, problem } from './finding.ts';
import type { Finding } from './finding.ts';

/** Below this a server is about to refuse backups. */
const LOW_SPACE_BYTES = 1024 * 1024 * 1024;
const OTHERS_MAY = 0o077;
const OWN_NAME = /^(segments|lock|opaque-setup|index\.sqlite(-wal|-shm|\.is-damaged)?|\.doctor-.*)$/;

export function checkFiles(folder: DataFolder): Finding[] {
  return [...checkModes(folder), ...checkSecret(folder), ...checkStrangers(folder), ...checkSpace(folder)];
}

/** Takes away what others than the owner may. */
export function repairModes(folder: DataFolder): void {
  for (const path of openToOthers(folder)) chmodSync(path, statSync(path).mode & ~OTHERS_MAY);
}

function openToOthers({ path, opaqueSetup, segments }: DataFolder): string[] {
  return [path, segments, opaqueSetup].filter(
    (place) => existsSync(place) && (statSync(place).mode & OTHERS_MAY) !== 0,
  );
}

function checkModes(folder: DataFolder): Finding[] {
  return openToOthers(folder).map((path) =>
    problem(`Others than its owner may use ${path}.`, 'A repair takes that away.'),
  );
}

function checkSecret({ opaqueSetup, segments }: DataFolder): Finding[] {
  const restore = 'Put it back from a copy of the data folder: it can’t be made anew.';
  if (!existsSync(opaqueSetup)) {
    const isNew = !existsSync(segments) || segmentNumbers(readdirSync(segments)).length === 0;
    return isNew ? [] : [problem('The sign-in secret opaque-setup is missing: nobody can sign in.', restore)];
  }
  const isSound = /^[\w-]{100,}\s*$/.test(readFileSync(opaqueSetup, 'utf8'));
  return isSound ? [] : [problem('The sign-in secret opaque-setup is damaged: nobody can sign in.', restore)];
}

function checkStrangers({ path, segments }: DataFolder): Finding[] {
  const names = readdirSync(path).filter((name) => !OWN_NAME.test(name));
  const known = new Set(segmentNumbers(readdirSync(segments)).map((segment) => segment));
  const others = readdirSync(segments).filter((name) =>
    segmentNumbers([name]).every((segment) => !known.has(segment)),
  );
  const empty = readdirSync(segments).filter(
    (name) => segmentNumbers([name]).length > 0 && statSync(join(segments, name)).size < SEGMENT_HEADER_BYTES,
  );
  return [
    ...names.map((name) => note(`${name} is none of the server’s files, or was moved aside. It stays.`)),
    ...others.map((name) => note(`segments/${name} is no segment. It stays.`)),
    ...empty.map((name) => note(`segments/${name} holds nothing: its making was cut short.`)),
  ];
}

function checkSpace({ path }: DataFolder): Finding[] {
  const { bavail, bsize } = statfsSync(path);
  if (bavail * bsize >= LOW_SPACE_BYTES) return [];
  const mebibytes = Math.floor((bavail * bsize) / (1024 * 1024));
  return [note(`Only ${mebibytes} MiB are free on the disk: backups will soon be refused as storage-full.`)];
}
