/** What a connection needs of its transport; server/transport implements it, tests may too. */
export interface Socket {
  /** Sends a binary frame, which is copied. False if it was dropped: the other side reads too slowly. */
  send(frame: Uint8Array): boolean;
  /** Bytes that the other side has not taken yet. */
  bufferedBytes(): number;
  close(code: number, reason: string): void;
}

/** WebSocket close codes (RFC 6455, section 7.4.1) that the server uses. */
export const CLOSE = {
  protocolError: 1002,
  policyViolation: 1008,
  tooLarge: 1009,
  internal: 1011,
  restarting: 1012,
  tooSlow: 1013,
} as const;
