/**
 * What a browser can send at most: RANDOM_FILE read as a stream, in frames of 256 KiB over one WebSocket,
 * with a window of 12 MiB that the server has not written to its disk yet. No crypto, no copy but one.
 */
import { RANDOM_FILE } from '../tasks.ts';
import type { Figures } from '../tasks.ts';
import { answerWith } from './answer.ts';

const FRAME_BYTES = 256 * 1024;
const WINDOW_BYTES = 12 * 1024 * 1024;

/** Chromium collects a file's stream that only its own pending read can be reached from. */
const held = new Set<ReadableStreamDefaultReader<Uint8Array>>();

answerWith(async (url: string): Promise<Figures> => {
  const root = await navigator.storage.getDirectory();
  const file = await (await root.getFileHandle(RANDOM_FILE)).getFile();
  const sender = await Sender.open(url);
  const startedAtMs = performance.now();
  const reader = file.stream().getReader();
  held.add(reader);
  for (let part = await reader.read(); !part.done; part = await reader.read()) await sender.send(part.value);
  held.delete(reader);
  await sender.finish();
  return { ms: performance.now() - startedAtMs };
});

class Sender {
  readonly #socket: WebSocket;
  readonly #frame = new Uint8Array(FRAME_BYTES);
  #filledBytes = 0;
  #sentBytes = 0;
  #durableBytes = 0;
  #failure: Error | undefined;
  #wake: () => void = () => undefined;

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    socket.binaryType = 'arraybuffer';
    socket.onmessage = ({ data }: MessageEvent<ArrayBuffer>) => {
      this.#durableBytes = new DataView(data).getFloat64(0, true);
      this.#wake();
    };
    socket.onclose = () => {
      this.#failure = new Error('The raw server closed the connection.');
      this.#wake();
    };
  }

  static async open(url: string): Promise<Sender> {
    const socket = new WebSocket(url);
    await new Promise((resolve, reject) => {
      socket.onopen = resolve;
      socket.onerror = () => {
        reject(new Error(`Could not connect to ${url}.`));
      };
    });
    return new Sender(socket);
  }

  /** Sends `part` in whole frames; what is left waits for the next part. */
  async send(part: Uint8Array): Promise<void> {
    for (let start = 0; start < part.length;) {
      const end = Math.min(part.length, start + FRAME_BYTES - this.#filledBytes);
      this.#frame.set(part.subarray(start, end), this.#filledBytes);
      this.#filledBytes += end - start;
      start = end;
      if (this.#filledBytes === FRAME_BYTES) await this.#flush();
    }
  }

  /** Resolves when everything is on the server's disk. */
  async finish(): Promise<void> {
    if (this.#filledBytes > 0) await this.#flush();
    await this.#untilInFlightIsAtMost(0);
    this.#socket.onclose = null;
    this.#socket.close();
  }

  async #flush(): Promise<void> {
    await this.#untilInFlightIsAtMost(WINDOW_BYTES - this.#filledBytes);
    this.#socket.send(this.#frame.subarray(0, this.#filledBytes));
    this.#sentBytes += this.#filledBytes;
    this.#filledBytes = 0;
  }

  async #untilInFlightIsAtMost(bytes: number): Promise<void> {
    while (this.#sentBytes - this.#durableBytes > bytes) {
      if (this.#failure !== undefined) throw this.#failure;
      await new Promise<void>((resolve) => (this.#wake = resolve));
    }
  }
}
