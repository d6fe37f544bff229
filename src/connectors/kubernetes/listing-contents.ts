/**
 * What has been read of one listing: paths and resourceVersions. Tells what came before from what is new, and, when the listing is made
 * again as of a later moment, whether what was read first is still as it was.
 */
export class ListingContents {
  readonly #read = new Map<string, string>();
  #resourceVersion: string | undefined;
  #again: Map<string, string> | undefined;

  /** Says as of when the following objects are listed. A change of it begins the listing again. */
  beginAsOf(resourceVersion: string | undefined): void {
    if (resourceVersion === this.#resourceVersion) return;
    if (this.#read.size > 0) this.#again = new Map();
    this.#resourceVersion = resourceVersion;
  }

  /** Notes an object. True when it has not been read before. */
  add(path: string, objectVersion: string): boolean {
    this.#again?.set(path, objectVersion);
    if (this.#read.has(path)) return false;
    this.#read.set(path, objectVersion);
    return true;
  }

  /** Number of objects that are not, as of the last listing, what was read of them at first: changed or gone. */
  get outdated(): number {
    let outdated = 0;
    if (!this.#again) return outdated;
    for (const [path, objectVersion] of this.#read) if (this.#again.get(path) !== objectVersion) outdated++;
    return outdated;
  }

  /** As of when it was listed last. */
  get resourceVersion(): string | undefined {
    return this.#resourceVersion;
  }
}
