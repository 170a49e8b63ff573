/** Whether a remembered folder may be read: browsers take the permission back when they like. */
import type { SourceAccess } from '../../bridge/sources-api.ts';

/** File System Access beyond the standard: only browsers that let a person pick folders have it. */
interface AsksPermission {
  queryPermission?(descriptor: { readonly mode: 'read' }): Promise<PermissionState>;
}

export async function accessTo(handle: FileSystemDirectoryHandle | undefined): Promise<SourceAccess> {
  if (handle === undefined) return 'pick';
  const permission = await (handle as AsksPermission).queryPermission?.({ mode: 'read' });
  return permission === undefined || permission === 'granted' ? 'ready' : 'ask';
}
