/** FileSystemObserver, where the browser has it: tells that something below a folder changed. */
import type { WatchFolder } from './ports.ts';

interface FolderObserver {
  observe(handle: FileSystemDirectoryHandle, options: { readonly recursive: boolean }): Promise<void>;
  disconnect(): void;
}

type NewObserver = new (onRecords: () => void) => FolderObserver;

/** The browser's way to watch folders; `undefined` where there is none. */
export function folderWatcher(scope: object): WatchFolder | undefined {
  const found: unknown = Reflect.get(scope, 'FileSystemObserver');
  if (typeof found !== 'function') return undefined;
  const Observer = found as NewObserver;
  return async (handle, onChange) => {
    const observer = new Observer(onChange);
    await observer.observe(handle, { recursive: true });
    return () => {
      observer.disconnect();
    };
  };
}
