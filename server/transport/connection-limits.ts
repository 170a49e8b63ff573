/** How many connections there may be, in all and from one address. */
export class ConnectionLimits {
  readonly #maxInAll: number;
  readonly #maxPerAddress: number;
  readonly #perAddress = new Map<string, number>();
  #inAll = 0;

  constructor(maxInAll: number, maxPerAddress: number) {
    this.#maxInAll = maxInAll;
    this.#maxPerAddress = maxPerAddress;
  }

  /** Counts a connection in, unless it is one too many. */
  enter(address: string): boolean {
    const here = this.#perAddress.get(address) ?? 0;
    if (this.#inAll >= this.#maxInAll || here >= this.#maxPerAddress) return false;
    this.#inAll++;
    this.#perAddress.set(address, here + 1);
    return true;
  }

  leave(address: string): void {
    this.#inAll--;
    const here = (this.#perAddress.get(address) ?? 1) - 1;
    if (here === 0) this.#perAddress.delete(address);
    else this.#perAddress.set(address, here);
  }
}
