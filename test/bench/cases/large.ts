/** A file beyond what 32 bits can count, from backup to download: what memory it takes, and whether it comes back. */
import { createCipheriv, createHash, randomBytes } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { pipeline } from 'node:stream/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { startServer } from '../../helpers/server.ts';
import { tempDir } from '../../helpers/temp-dir.ts';
import { startBrowser } from '../browser.ts';
import { rendererRssBytes } from '../process-watch.ts';
import { withScope } from '../scope.ts';
import { settle } from '../settle.ts';
import type { Figures } from '../tasks.ts';

const KEY_BYTES = 16;
const SAMPLE_EVERY_MS = 250;
const DOWNLOAD_NAME = 'restored.bin';
const SAVED_WITHIN_MS = 60_000;

export interface LargeRun {
  readonly figures: Figures;
  /** What the page's processes grew by at most, from just before the first backup, by step. */
  readonly growthBytes: Readonly<Record<string, number>>;
  readonly expectedSha256: string;
  readonly restoredSha256: string;
}

/** Nothing of it is left on the disk afterwards; three times `sizeBytes` are used meanwhile. */
export async function runLarge(pageDir: string, sizeBytes: number): Promise<LargeRun> {
  return withScope(async (scope) => {
    const downloadDir = await tempDir(scope);
    const browser = await startBrowser(scope, pageDir, [], {
      download: { default_directory: downloadDir, prompt_for_download: false },
    });
    const server = await startServer(scope, {
      dataDir: await tempDir(scope),
      env: { HOLDFAST_ALLOWED_ORIGINS: browser.origin },
    });
    const key = randomBytes(KEY_BYTES);
    const changedByte = Math.floor(sizeBytes / 2);
    const watch = new GrowthWatch(async () => rendererRssBytes(browser.pid));
    const task = {
      type: 'large',
      serverUrl: server.wsUrl,
      firstRunToken: await server.firstRunToken(),
      keyHex: key.toString('hex'),
      sizeBytes,
      changedByte,
      downloadName: DOWNLOAD_NAME,
    } as const;
    const figures = await browser.run(task, async (name) => {
      if (name.endsWith('-start')) await settle();
      await watch.mark(name);
    });
    const restored = await savedFile(downloadDir);
    return {
      figures,
      growthBytes: watch.growthBytes,
      expectedSha256: keystreamSha256(key, sizeBytes, changedByte),
      restoredSha256: await fileSha256(restored),
    };
  });
}

/** The most resident memory within each step, over that at the start of the first. */
class GrowthWatch {
  readonly growthBytes: Record<string, number> = {};
  readonly #rssBytes: () => Promise<number>;
  #startBytes: number | undefined;
  #sampling: Promise<void> | undefined;
  #isOver = true;

  constructor(rssBytes: () => Promise<number>) {
    this.#rssBytes = rssBytes;
  }

  /** Takes a mark: `<step>-start` or `<step>-end`. */
  async mark(name: string): Promise<void> {
    const [step = '', moment] = name.split('-');
    if (moment === 'start') {
      this.#startBytes ??= await this.#rssBytes();
      this.#isOver = false;
      this.#sampling = this.#sample(step, this.#startBytes);
      return;
    }
    this.#isOver = true;
    await this.#sampling;
  }

  async #sample(step: string, startBytes: number): Promise<void> {
    while (!this.#isOver) {
      const grown = (await this.#rssBytes()) - startBytes;
      this.growthBytes[step] = Math.max(this.growthBytes[step] ?? 0, grown);
      await sleep(SAMPLE_EVERY_MS);
    }
  }
}

/** The path of the download, once the browser has given it its name. */
async function savedFile(folder: string): Promise<string> {
  for (let waitedMs = 0; waitedMs < SAVED_WITHIN_MS; waitedMs += SAMPLE_EVERY_MS) {
    if ((await readdir(folder)).includes(DOWNLOAD_NAME)) return path.join(folder, DOWNLOAD_NAME);
    await sleep(SAMPLE_EVERY_MS);
  }
  throw new Error(`The download was not saved; there is ${(await readdir(folder)).join(', ')}.`);
}

async function fileSha256(file: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(file, { highWaterMark: 1024 * 1024 }), hash);
  return hash.digest('hex');
}

/** Of the file that the page wrote, with its one byte changed. */
function keystreamSha256(key: Buffer, sizeBytes: number, changedByte: number): string {
  const hash = createHash('sha256');
  const cipher = createCipheriv('aes-128-ctr', key, Buffer.alloc(KEY_BYTES));
  const zeros = Buffer.alloc(1024 * 1024);
  for (let at = 0; at < sizeBytes; at += zeros.length) {
    const part = cipher.update(zeros.subarray(0, sizeBytes - at));
    const place = changedByte - at;
    if (place >= 0 && place < part.length) part[place] = (part[place] ?? 0) ^ 0xff;
    hash.update(part);
  }
  return hash.digest('hex');
}
