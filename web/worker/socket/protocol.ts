/**
 * Between the engine and the socket thread. A frame travels in a buffer that the engine owns and gets back:
 * the same few are used again and again.
 */
export type SocketRequest =
  | { readonly type: 'open'; readonly socketId: number; readonly url: string }
  /** Send a part of `buffer`. */
  | {
      readonly type: 'send';
      readonly socketId: number;
      readonly buffer: ArrayBuffer;
      readonly byteOffset: number;
      readonly lengthBytes: number;
    }
  | { readonly type: 'close'; readonly socketId: number };

export type SocketReport =
  | { readonly type: 'opened'; readonly socketId: number }
  /** A whole message: an ArrayBuffer if it is binary. */
  | { readonly type: 'message'; readonly socketId: number; readonly data: unknown }
  | { readonly type: 'closed'; readonly socketId: number }
  /** The buffers' content is sent or will be. */
  | { readonly type: 'recycle'; readonly buffers: readonly ArrayBuffer[] };
