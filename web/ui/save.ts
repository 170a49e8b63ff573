/** Saves a small text that the page itself made (a recovery key, a log) as a file. */

const URL_LIVES_MS = 30_000;

export function saveText(fileName: string, text: string): void {
  const url = URL.createObjectURL(new Blob([text], { type: 'text/plain;charset=utf-8' }));
  const anchor = document.createElement('a');
  anchor.href = url;
  anchor.download = fileName;
  anchor.click();
  setTimeout(() => {
    URL.revokeObjectURL(url);
  }, URL_LIVES_MS);
}
