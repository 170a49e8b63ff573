/**
 * Gives buffers' memory back at once, to be used again while it is in the processor's caches. Left to the garbage
 * collector, dead buffers pile up by the hundred megabytes, and each new one costs page faults.
 *
 * A buffer that is sent to a port whose other end is closed is freed there and then. Measured in Chromium: cloning
 * it with `structuredClone` only makes another one for the garbage collector, and `ArrayBuffer.transfer(0)` keeps
 * the memory of those that the browser itself has made.
 */
const nowhere = openToNowhere();

/** Frees `buffer`; it can't be used any more. */
export function release(buffer: ArrayBuffer): void {
  nowhere.postMessage(undefined, [buffer]);
}

/** Frees what is behind `views`, all of it. */
export function releaseViews(views: readonly Uint8Array<ArrayBuffer>[]): void {
  nowhere.postMessage(undefined, [...new Set(views.map((view) => view.buffer))]);
}

function openToNowhere(): MessagePort {
  const { port1, port2 } = new MessageChannel();
  port2.close();
  return port1;
}
