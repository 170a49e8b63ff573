/**
 * Previews: an address that answers with a file's bytes, any range of them, as the page that asks has them
 * decrypted. Nothing is kept here, so that a service worker that was ended meanwhile answers as well.
 */
import type { PreviewAsk, PreviewMessage } from '../bridge/sw-api.ts';
import { parseRange } from './byte-range.ts';

/** The page that a request comes from. */
export interface PreviewClient {
  postMessage(message: PreviewAsk, transfer: Transferable[]): void;
}

type PreviewRequest = Pick<Request, 'destination' | 'headers'>;
type PreviewFile = Extract<PreviewMessage, { readonly type: 'file' }>;

const ADDRESS = /^preview\/([0-9a-f-]{36})$/;
/** What shows or plays bytes and runs nothing. */
const DESTINATIONS: readonly string[] = ['image', 'audio', 'video'];
/** Checked here, too: a page that was made to lie must not get a document of the app's origin out of it. */
const CONTENT_TYPE = /^(?:image\/(?!svg)|audio\/|video\/)[a-z0-9.+-]+$/;
const PIECE_BYTES = 512 * 1024;
const ANSWER_WITHIN_MS = 10_000;

/** The token of the preview that an address below `scope` names, if it names one. */
export function previewToken(url: URL, scope: string): string | undefined {
  return url.href.startsWith(scope) ? ADDRESS.exec(url.href.slice(scope.length))?.[1] : undefined;
}

/** The response to a request for a preview by an element of `client`; 404 for whoever else asks. */
export async function respondWithPreview(
  request: PreviewRequest,
  token: string | undefined,
  client: PreviewClient | undefined,
): Promise<Response> {
  if (client === undefined || token === undefined || !DESTINATIONS.includes(request.destination))
    return emptyResponse(404);
  const { port1, port2 } = new MessageChannel();
  const page = new Answers(port1);
  client.postMessage({ type: 'preview-ask', token }, [port2]);
  const file = await page.next();
  const response = isPreviewable(file) ? responseOf(page, file, request) : emptyResponse(404);
  if (response.body === null) page.end();
  return response;
}

function isPreviewable(answer: PreviewMessage | undefined): answer is PreviewFile {
  return answer?.type === 'file' && CONTENT_TYPE.test(answer.contentType);
}

function responseOf(page: Answers, file: PreviewFile, request: PreviewRequest): Response {
  const range = parseRange(request.headers.get('Range') ?? '', file.sizeBytes);
  if (range === 'unsatisfiable') return emptyResponse(416, { 'Content-Range': `bytes */${file.sizeBytes}` });
  const { startByte, endByte } = range ?? { startByte: 0, endByte: file.sizeBytes };
  const headers = headersOf(file.contentType, endByte - startByte);
  if (range === undefined) return new Response(streamOf(page, startByte, endByte), { headers });
  const contentRange = `bytes ${startByte}-${endByte - 1}/${file.sizeBytes}`;
  return new Response(streamOf(page, startByte, endByte), {
    status: 206,
    headers: { ...headers, 'Content-Range': contentRange },
  });
}

function emptyResponse(status: number, headers: Record<string, string> = {}): Response {
  return new Response(null, { status, headers });
}

function headersOf(contentType: string, lengthBytes: number): Record<string, string> {
  return {
    'Content-Type': contentType,
    'Content-Length': String(lengthBytes),
    'Accept-Ranges': 'bytes',
    'Content-Security-Policy': "default-src 'none'; sandbox",
    // The page isolates itself: what it embeds must say that it may be.
    'Cross-Origin-Embedder-Policy': 'require-corp',
    'Cross-Origin-Resource-Policy': 'same-origin',
    'X-Content-Type-Options': 'nosniff',
    'Cache-Control': 'no-store',
  };
}

/** Bytes [startByte, endByte), asked for as they are taken. */
function streamOf(
  page: Answers,
  startByte: number,
  endByte: number,
): ReadableStream<Uint8Array<ArrayBuffer>> {
  let at = startByte;
  return new ReadableStream<Uint8Array<ArrayBuffer>>(
    {
      async pull(controller) {
        const end = Math.min(at + PIECE_BYTES, endByte);
        const bytes = await page.read(at, end);
        if (bytes === undefined) controller.error(new TypeError('The preview can’t be read.'));
        else controller.enqueue(bytes);
        at = end;
        if (bytes !== undefined && at === endByte) controller.close();
        if (bytes === undefined || at === endByte) page.end();
      },
      cancel() {
        page.end();
      },
    },
    { highWaterMark: 1 },
  );
}

/** The page's end of the port: one answer to each question. */
class Answers {
  readonly #port: MessagePort;
  #take: (message: PreviewMessage | undefined) => void = () => undefined;

  constructor(port: MessagePort) {
    this.#port = port;
    port.onmessage = ({ data }: MessageEvent<PreviewMessage>) => {
      this.#take(data);
    };
  }

  /** The next message; `undefined` if none comes in time: the page is gone, or its engine stands still. */
  async next(): Promise<PreviewMessage | undefined> {
    return new Promise((resolve) => {
      const timer = setTimeout(resolve, ANSWER_WITHIN_MS, undefined);
      this.#take = (message) => {
        clearTimeout(timer);
        resolve(message);
      };
    });
  }

  /** `undefined` if the page does not give exactly what is asked for. */
  async read(startByte: number, endByte: number): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const answer = this.next();
    this.#port.postMessage({ type: 'read', startByte, endByte } satisfies PreviewMessage);
    const message = await answer;
    if (message?.type !== 'bytes') return undefined;
    return message.bytes.length === endByte - startByte ? message.bytes : undefined;
  }

  end(): void {
    this.#port.postMessage({ type: 'done' } satisfies PreviewMessage);
    this.#port.close();
  }
}
