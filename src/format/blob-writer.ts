/**
 * Writes the packfile: blobs as they come, then index and footer. Every blob is stored once. Source: specification "Packfile".
 *
 * Holds 54 bytes a blob and at most {@link PENDING_LENGTH_MAX} of data.
 */
import { type BlobCodec } from './blob-codec.ts';
import { BlobIndex } from './blob-index.ts';
import { concatBytes, viewOf } from './bytes.ts';
import { encodeFooter, encodeIndex, FOOTER_LENGTH_LENGTH } from './packfile.ts';
import { paddingLength } from './padding.ts';
import type { ByteSink, Hasher, MacKey, Primitives } from './ports.ts';
import { ResourceType, VERSION_1_0_0 } from './resource-type.ts';
import { encodeWrappedHeader, WRAPPED_MAC_LENGTH } from './wrapped-object.ts';

/** Bytes that are gathered before the sink is called. */
const PENDING_LENGTH_MAX = 1024 * 1024;

/** The packfile of an archive that is being written. Calls must not overlap. */
export class BlobWriter {
  readonly mac: MacKey;
  readonly primitives: Primitives;
  readonly blobs: BlobIndex;
  readonly #sink: ByteSink;
  readonly #codec: BlobCodec;
  readonly #packfileMac: Hasher;
  #pending: Uint8Array[] = [];
  #pendingLength = 0;
  #length = 0;
  /** Bytes of blobs so far: the offset of the next one. */
  #dataLength = 0;
  #deduplicated = 0;

  constructor(sink: ByteSink, codec: BlobCodec, mac: MacKey, primitives: Primitives) {
    this.#sink = sink;
    this.#codec = codec;
    this.mac = mac;
    this.primitives = primitives;
    this.blobs = new BlobIndex(1024, viewOf(primitives.randomBytes(4)).getUint32(0));
    this.#packfileMac = mac.begin();
    this.#append(encodeWrappedHeader(ResourceType.packfile, VERSION_1_0_0));
  }

  /** Plaintext bytes of blobs that were there already and so not written again. */
  get deduplicated(): number {
    return this.#deduplicated;
  }

  /** Stores a blob under the MAC of its plaintext, once. @returns its id @throws ConnectorError of the sink */
  async put(type: ResourceType, plaintext: Uint8Array): Promise<Uint8Array> {
    const id = this.mac.mac(plaintext);
    await this.putAs(type, id, plaintext);
    return id;
  }

  /** Stores a blob under `id`, unless one of this type and id is there. @throws ConnectorError of the sink */
  async putAs(type: ResourceType, id: Uint8Array, plaintext: Uint8Array): Promise<void> {
    const index = this.blobs.add(type, id, 0, 0);
    if (index < 0) {
      this.#deduplicated += plaintext.length;
      return;
    }
    const stored = this.#codec.encode(plaintext);
    this.blobs.place(index, this.#dataLength, stored.length);
    this.#dataLength += stored.length;
    // Without compression and encryption the stored bytes are the caller's own, which it may reuse.
    this.#append(stored === plaintext ? new Uint8Array(stored) : stored);
    if (this.#pendingLength >= PENDING_LENGTH_MAX) await this.#flush();
  }

  /**
   * Takes over a blob as another archive of the same configuration and key stores it, unless one of this type and id is there.
   * `stored` may not change afterwards.
   * @throws ConnectorError of the sink
   */
  async putStored(type: number, id: Uint8Array, stored: Uint8Array): Promise<void> {
    if (this.blobs.add(type, id, this.#dataLength, stored.length) < 0) return;
    this.#dataLength += stored.length;
    this.#append(stored);
    if (this.#pendingLength >= PENDING_LENGTH_MAX) await this.#flush();
  }

  /** Writes index, footer and MAC. @returns bytes of the wrapped packfile @throws ConnectorError of the sink */
  async end(timestampNs: bigint): Promise<number> {
    const padding = paddingLength(this.blobs, this.#dataLength);
    if (padding > 0) await this.put(ResourceType.random, this.primitives.randomBytes(padding));
    const index = encodeIndex(this.blobs);
    const footer = encodeFooter({
      timestampNs,
      count: this.blobs.count,
      indexOffset: this.#dataLength,
      indexMac: this.mac.mac(index),
    });
    const footerStored = this.#codec.encode(footer);
    const footerLength = new Uint8Array(FOOTER_LENGTH_LENGTH);
    viewOf(footerLength).setUint32(0, footerStored.length, true);
    this.#append(this.#codec.encode(index));
    this.#append(footerStored);
    this.#append(footerLength);
    this.#pending.push(this.#packfileMac.digest());
    await this.#flush();
    return this.#length + WRAPPED_MAC_LENGTH;
  }

  /** Bytes of the packfile: authenticated and written in order. */
  #append(bytes: Uint8Array): void {
    this.#packfileMac.update(bytes);
    this.#pending.push(bytes);
    this.#pendingLength += bytes.length;
    this.#length += bytes.length;
  }

  async #flush(): Promise<void> {
    const pending = this.#pending;
    this.#pending = [];
    this.#pendingLength = 0;
    if (pending.length > 0) await this.#sink.write(concatBytes(pending));
  }
}
