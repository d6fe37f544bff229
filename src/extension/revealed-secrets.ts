import { addressKey, type ArchiveAddress } from './archive-uri.ts';

/** The Secrets whose values a person has asked to see. One by one, for this window, and no longer than it. */
export class RevealedSecrets {
  readonly #keys = new Set<string>();

  has(address: ArchiveAddress): boolean {
    return this.#keys.has(addressKey(address));
  }

  reveal(address: ArchiveAddress): void {
    this.#keys.add(addressKey(address));
  }

  hide(address: ArchiveAddress): void {
    this.#keys.delete(addressKey(address));
  }

  /** Hides all Secrets of an archive. */
  hideArchive(archiveKey: string): void {
    for (const key of this.#keys) if (key.startsWith(archiveKey)) this.#keys.delete(key);
  }
}
