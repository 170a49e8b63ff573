/** A folder in memory with the part of the File System Access interface that a backup uses. */
type Content = Uint8Array<ArrayBuffer>;

export class SourceFolder {
  readonly kind = 'directory';
  readonly name: string;
  permission: PermissionState = 'granted';
  readonly #folders = new Map<string, SourceFolder>();
  readonly #files = new Map<string, File>();

  constructor(name: string, files: Readonly<Record<string, Content>> = {}) {
    this.name = name;
    for (const [path, content] of Object.entries(files)) this.write(path, content);
  }

  /** Itself, as what the engine takes. */
  get handle(): FileSystemDirectoryHandle {
    return this as unknown as FileSystemDirectoryHandle;
  }

  write(path: string, content: Content, lastModified = 1_700_000_000_000): void {
    const [name = '', ...rest] = path.split('/');
    if (rest.length === 0) {
      this.#files.set(name, new File([content], name, { lastModified }));
      return;
    }
    const folder = this.#folders.get(name) ?? new SourceFolder(name);
    this.#folders.set(name, folder);
    folder.write(rest.join('/'), content, lastModified);
  }

  queryPermission(): Promise<PermissionState> {
    return Promise.resolve(this.permission);
  }

  async *values(): AsyncGenerator<object> {
    for (const [name, file] of this.#files) {
      yield await Promise.resolve({ kind: 'file', name, getFile: () => Promise.resolve(file) });
    }
    yield* this.#folders.values();
  }
}
