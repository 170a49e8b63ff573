/** The Content-Disposition header of a download (RFC 6266, with RFC 5987 for names beyond ASCII). */

/** An attachment named `fileName`, in a form that old and new browsers read. */
export function attachmentHeader(fileName: string): string {
  const name = fileName.replace(/[\ud800-\udfff]/gu, '\ufffd');
  const plain = name
    .replace(/[^\x20-\x7e]/g, '_')
    .replace(/["\\]/g, '_')
    .replace(/%/g, '_');
  return `attachment; filename="${plain}"; filename*=UTF-8''${encodeExtended(name)}`;
}

// encodeURIComponent leaves these, which are no attr-char of RFC 5987.
function encodeExtended(name: string): string {
  return encodeURIComponent(name).replace(
    /['()*!]/g,
    (mark) => `%${mark.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}
