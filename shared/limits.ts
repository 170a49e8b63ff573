/** Every numeric limit that both sides must agree on, with its unit and reason. */

/** A frame's payload. Larger buffers cost up to three times as much a byte in browsers. */
export const MAX_PAYLOAD_BYTES = 256 * 1024;

/** Plaintext of a full piece: leaves 4 KiB of a payload for the AEAD tag and the message's fields. */
export const PIECE_BYTES = 252 * 1024;

/** AES-GCM tag that each sealed piece carries. */
export const TAG_BYTES = 16;

/** Content-defined chunk bounds (FORMAT.md, Chunking). */
export const CHUNK_MIN_BYTES = 512 * 1024;
export const CHUNK_AVERAGE_BYTES = 1024 * 1024;
export const CHUNK_MAX_BYTES = 2 * 1024 * 1024;

/** Chunks of a source that is set to fixed size: whole pieces, about as long as the average of the others. */
export const CHUNK_FIXED_BYTES = 4 * PIECE_BYTES;

/** A file below this size travels in a bundle with others (FORMAT.md, Bundles). */
export const BUNDLED_FILE_MAX_BYTES = 128 * 1024;

/** Pieces of one chunk: its padded bytes and header fit in this many. */
export const MAX_PIECES = Math.ceil((CHUNK_MAX_BYTES * 1.04) / PIECE_BYTES) + 1;

/** Chunk ids in one page of a snapshot's references: the page fits in a frame. */
export const MAX_REFS_IN_PAGE = 7_680;

/** Reference pages of one snapshot: their ids fit in a frame with the sealed snapshot. */
export const MAX_REF_PAGES = 6_144;

/** Chunks of one vault: no snapshot could name more, and a device holds their ids in memory, 40 bytes each. */
export const MAX_VAULT_CHUNKS = 32 * 1024 * 1024;

/** Sealed snapshot description. */
export const MAX_SNAPSHOT_BYTES = 32 * 1024;

/** Settings of a source, which a snapshot's description carries. */
export const MAX_SETTINGS_BYTES = 8 * 1024;

/** Chunk ids in one answer of the change feed, stored and removed ones together. */
export const MAX_CHANGED_CHUNKS = 4_096;

/** Snapshots in one answer of the change feed: all their sealed bytes fit in a frame. */
export const MAX_CHANGED_SNAPSHOTS_BYTES = 96 * 1024;

/** Marks, and apart from them erased snapshots, in one answer of the change feed. */
export const MAX_CHANGED_MARKS = 128;

/** What a device says of a snapshot (FORMAT.md, Mark statements). */
export const MARK_STATEMENT_BYTES = 106;

/** Snapshots that one request marks. */
export const MAX_MARKED_SNAPSHOTS = 1_000;

/** Damaged chunks, and apart from them the snapshots that need them, in one answer. */
export const MAX_DAMAGED = 4_096;

/** Sessions of one account, and apart from them those that may only send: one more ends the one unused longest. */
export const MAX_SESSIONS = 100;

/** UTF-8 bytes of an account name. */
export const MAX_ACCOUNT_NAME_BYTES = 100;

/** UTF-8 bytes of one file or folder name. */
export const MAX_ENTRY_NAME_BYTES = 1_024;

/** Folders above an entry. */
export const MAX_DEPTH = 256;

/** Requests that one connection may have unanswered, chunk uploads apart. */
export const MAX_OPEN_REQUESTS = 64;

/** Payload bytes of these requests; `get-changes`, whose answer is large, counts as a full payload. */
export const MAX_OPEN_REQUEST_BYTES = 8 * MAX_PAYLOAD_BYTES;

/** Bytes of upload credit that the server grants a connection in all. */
export const UPLOAD_CREDIT_BYTES = 12 * 1024 * 1024;

/** The most download credit that a client may have open. */
export const MAX_DOWNLOAD_CREDIT_BYTES = 64 * 1024 * 1024;

/** The least that a client may have messages cut into: a smaller part would be header above all. */
export const MIN_PART_BYTES = 1_024;
