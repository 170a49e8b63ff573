/** Keeps sealed folder chunks in IndexedDB. They are as unreadable there as on the server. */
import type { FolderCache } from '../ports.ts';
import type { HoldfastDatabase } from './database.ts';

export function folderCache(database: HoldfastDatabase): FolderCache {
  return {
    get: async (chunkId) => {
      const pieces = await database.get('folder-chunks', chunkId);
      return pieces?.map((piece) => new Uint8Array(piece));
    },
    put: async (chunkId, sealedPieces) => {
      const pieces = sealedPieces.map((piece) => piece.slice().buffer);
      await database.put('folder-chunks', pieces, chunkId);
    },
    clear: async () => database.clear('folder-chunks'),
  };
}
