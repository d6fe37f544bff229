/** Changes single bytes of an archive and says who notices: nobody may hand out other data without a check finding it. */
import { createHash } from 'node:crypto';
import { isPtarError } from '../../src/errors.ts';
import type { ArchiveReader } from '../../src/format/archive-reader.ts';
import { isRegular } from '../../src/format/file-mode.ts';
import { checkArchive, openArchive } from '../../src/format/index.ts';
import { decodeFooter, FOOTER_LENGTH_LENGTH } from '../../src/format/packfile.ts';
import type { ByteSource } from '../../src/format/ports.ts';
import { WRAPPED_HEADER_LENGTH, WRAPPED_MAC_LENGTH } from '../../src/format/wrapped-object.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';

/** Who notices a changed byte: opening; a full check; nobody, because all that is read is as before; nobody, though it matters. */
export type FlipOutcome = 'open' | 'check' | 'harmless' | 'undetected';

/** An archive whose bytes are changed in place, one at a time. */
export class FlippedArchive {
  readonly #bytes: Uint8Array;
  readonly #source: ByteSource;
  readonly #key: Uint8Array | undefined;
  #digest: string | undefined;

  /** `key`: of an encrypted archive, so that no key derivation has to be repeated. */
  constructor(bytes: Uint8Array, key: Uint8Array | undefined) {
    this.#bytes = Uint8Array.from(bytes);
    this.#key = key;
    const { length } = bytes;
    this.#source = {
      name: 'flipped.ptar',
      size: length,
      read: (offset, size) => Promise.resolve(this.#bytes.slice(offset, offset + size)),
      close: () => Promise.resolve(),
    };
  }

  /** Bytes of the archive. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Offsets of every byte that is not a blob's: prologue, configuration, headers, MACs, index, footer, state, trailer. */
  async structuralOffsets(): Promise<number[]> {
    const { layout, codec } = (await this.#open()).parts;
    const start = layout.packfile.offset + WRAPPED_HEADER_LENGTH;
    const end = layout.packfile.offset + layout.packfile.length - WRAPPED_MAC_LENGTH - FOOTER_LENGTH_LENGTH;
    const view = new DataView(this.#bytes.buffer);
    const footerStart = end - view.getUint32(end, true);
    const footer = decodeFooter(
      codec.decode(this.#bytes.subarray(footerStart, end), 56),
      footerStart - start,
    );
    const blobsEnd = start + footer.indexOffset;
    return Array.from({ length: this.length }, (_, offset) => offset).filter(
      (offset) => offset < start || offset >= blobsEnd,
    );
  }

  /** Changes the bits `mask` of the byte at `offset`, for the time of the call. */
  async flip(offset: number, mask: number): Promise<FlipOutcome> {
    this.#digest ??= await this.#read();
    this.#bytes[offset]! ^= mask;
    try {
      return await this.#outcome();
    } finally {
      this.#bytes[offset]! ^= mask;
    }
  }

  async #outcome(): Promise<FlipOutcome> {
    let archive: ArchiveReader;
    try {
      archive = await this.#open();
    } catch (error) {
      if (!isPtarError(error)) throw error;
      return 'open';
    }
    for await (const finding of checkArchive(archive)) return finding.code === '' ? 'undetected' : 'check';
    return (await this.#read()) === this.#digest ? 'harmless' : 'undetected';
  }

  #open(): Promise<ArchiveReader> {
    return openArchive(this.#source, {
      primitives: nodePrimitives,
      ...(this.#key !== undefined && { key: this.#key }),
    });
  }

  /** A digest of everything that a reader gives: headers, entries, contents, attributes, errors. */
  async #read(): Promise<string> {
    const digest = createHash('sha256');
    const add = (value: unknown): void => {
      const replacer = (_: string, item: unknown): unknown => (typeof item === 'bigint' ? `${item}n` : item);
      digest.update(JSON.stringify(value, replacer));
    };
    const archive = await this.#open();
    add(archive.configuration);
    for (const snapshot of await archive.snapshots()) {
      add(snapshot.header);
      for await (const entry of snapshot.walk('/')) {
        add(entry);
        for (const name of entry.extendedAttributes) {
          digest.update(await snapshot.extendedAttribute(entry, name));
        }
        if (isRegular(entry.info.mode)) {
          for await (const bytes of snapshot.content(entry)) digest.update(bytes);
        }
      }
      for await (const recorded of snapshot.errors()) add(recorded);
    }
    return digest.digest('hex');
  }
}
