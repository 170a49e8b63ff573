/**
 * A file's bytes in parts. Read into one buffer that is used again and again where the browser can: fresh
 * buffers, of two megabytes each in Chromium, cost more than the reading itself, and die by the hundred.
 */
const PART_BYTES = 256 * 1024;

type ByteReader = ReadableStreamBYOBReader;

/** The parts in order. Each is only good until the next one is asked for. */
export async function* fileParts(file: Blob): AsyncGenerator<Uint8Array> {
  const stream = file.stream();
  const reader = byteReader(stream);
  if (reader === undefined) yield* defaultParts(stream.getReader());
  else yield* reusedParts(reader);
}

function byteReader(stream: ReadableStream<Uint8Array>): ByteReader | undefined {
  try {
    return stream.getReader({ mode: 'byob' });
  } catch (error) {
    // Not a byte stream in this browser.
    if (error instanceof TypeError) return undefined;
    throw error;
  }
}

async function* reusedParts(reader: ByteReader): AsyncGenerator<Uint8Array> {
  let buffer = new ArrayBuffer(PART_BYTES);
  for (;;) {
    const { done, value } = await reader.read(new Uint8Array(buffer));
    if (done) return;
    yield value;
    buffer = value.buffer;
  }
}

async function* defaultParts(reader: ReadableStreamDefaultReader<Uint8Array>): AsyncGenerator<Uint8Array> {
  for (let part = await reader.read(); !part.done; part = await reader.read()) yield part.value;
}
