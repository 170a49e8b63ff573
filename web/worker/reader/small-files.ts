/**
 * Small files read whole, several with one request where that is safe: what a read costs the page, a pipe
 * between processes above all, is the same for one file as for a dozen.
 */

/** A file's content, or why there is none. */
export type SmallContent = { readonly bytes: Uint8Array } | { readonly error: unknown };

interface SmallFileToRead {
  readonly file: Blob;
  /** Whether the browser refuses to read it once it has changed, so that it can't shift what comes behind it. */
  readonly isGuarded: boolean;
}

/** The content of each file: `size` bytes of it if nothing changed, which is for the caller to judge. */
export async function readSmallFiles(files: readonly SmallFileToRead[]): Promise<readonly SmallContent[]> {
  return (await readTogether(files)) ?? Promise.all(files.map(async ({ file }) => readAlone(file)));
}

/** Gives `undefined` where any of them can't be read: with which, shows when each is read alone. */
async function readTogether(files: readonly SmallFileToRead[]): Promise<readonly SmallContent[] | undefined> {
  if (files.length < 2 || !files.every(({ isGuarded }) => isGuarded)) return undefined;
  const all = await readAlone(new Blob(files.map(({ file }) => file)));
  if ('error' in all) return undefined;
  let end = 0;
  const contents = files.map(({ file: { size } }) => ({ bytes: all.bytes.subarray(end, (end += size)) }));
  return end === all.bytes.length ? contents : undefined;
}

async function readAlone(file: Blob): Promise<SmallContent> {
  try {
    return { bytes: new Uint8Array(await file.arrayBuffer()) };
  } catch (error) {
    return { error };
  }
}
