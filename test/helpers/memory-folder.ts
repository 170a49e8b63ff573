/**
 * A folder in memory with the part of the File System Access interface that a restore uses: what tests in Node
 * restore into. As in a browser, a file that is being written appears when it is closed.
 */
export class MemoryFolder {
  readonly kind = 'directory';
  readonly name: string;
  readonly #folders = new Map<string, MemoryFolder>();
  readonly #files = new Map<string, Uint8Array<ArrayBuffer>>();
  /** Called with the name of each file that is finished, here or below, before that is told. */
  onFinished: (name: string) => void = () => undefined;

  constructor(name = '') {
    this.name = name;
  }

  /** Itself, as what the engine takes. */
  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle;
  }

  /** Every finished file below, by path. */
  contents(): Map<string, Uint8Array<ArrayBuffer>> {
    const below = [...this.#folders].flatMap(([name, folder]) =>
      [...folder.contents()].map(([path, content]) => [`${name}/${path}`, content] as const),
    );
    return new Map([...this.#files, ...below]);
  }

  /** Every folder below, sorted. */
  folders(): string[] {
    const below = [...this.#folders].flatMap(([name, folder]) => [
      name,
      ...folder.folders().map((path) => `${name}/${path}`),
    ]);
    return below.sort();
  }

  getDirectoryHandle(name: string): Promise<MemoryFolder> {
    const known = this.#folders.get(name);
    const folder = known ?? new MemoryFolder(name);
    folder.onFinished = (finished) => {
      this.onFinished(finished);
    };
    this.#folders.set(name, folder);
    return Promise.resolve(folder);
  }

  async *keys(): AsyncGenerator<string> {
    yield* [...this.#folders.keys(), ...this.#files.keys()];
    return Promise.resolve();
  }

  isSameEntry(other: unknown): Promise<boolean> {
    return Promise.resolve(this === other);
  }

  /** Puts a file there, as if it had been there before. */
  put(name: string, content: Uint8Array<ArrayBuffer>): void {
    this.#files.set(name, content);
  }

  getFileHandle(name: string, options: { readonly create?: boolean } = {}): Promise<object> {
    if (!this.#files.has(name)) {
      if (options.create !== true) return Promise.reject(new DOMException('No such file.', 'NotFoundError'));
      this.#files.set(name, new Uint8Array());
    }
    return Promise.resolve({
      kind: 'file',
      name,
      getFile: () => Promise.resolve(new File([this.#files.get(name) ?? new Uint8Array()], name)),
      createWritable: () => Promise.resolve(this.#writable(name)),
    });
  }

  removeEntry(name: string): Promise<void> {
    this.#files.delete(name);
    this.#folders.delete(name);
    return Promise.resolve();
  }

  #writable(name: string): object {
    const parts: Uint8Array[] = [];
    return {
      write: (bytes: Uint8Array) => {
        parts.push(bytes.slice());
        return Promise.resolve();
      },
      close: () => {
        this.#files.set(name, new Uint8Array(Buffer.concat(parts)));
        this.onFinished(name);
        return Promise.resolve();
      },
      abort: () => Promise.resolve(),
    };
  }
}
