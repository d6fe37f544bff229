/**
 * Saves from a damaged archive all that still authenticates, into a new archive under the same configuration and key. Source:
 * specification "Salvage".
 *
 * It takes the configuration, and of an encrypted archive the key; without them nothing can be told from noise. Blobs are found by the
 * state or the packfile's index, whichever is left, and without both by what they begin with: see `salvage-scan.ts`.
 */
import { IntegrityError, KeyError, throwIfCancelled } from '../errors.ts';
import { archiveKeyOf, type OpenOptions } from './archive-reader.ts';
import { ArchiveWriter } from './archive-writer.ts';
import { type BlobCodec, blobCodec } from './blob-codec.ts';
import { BufferedSource } from './buffered-source.ts';
import { equalBytes, viewOf } from './bytes.ts';
import { compressionOf } from './configuration.ts';
import { PROLOGUE_LENGTH } from './container.ts';
import { type ArchiveKeys, keysOf } from './keys.ts';
import type { ByteSink, ByteSource } from './ports.ts';
import { ResourceType } from './resource-type.ts';
import { SalvagedBlobs } from './salvage-blobs.ts';
import { ChunkSearch } from './salvage-chunks.ts';
import { type SalvagedIndex, salvagePackfileIndex, salvageState } from './salvage-index.ts';
import {
  dataOffsets,
  findConfigurations,
  findParts,
  type FoundConfiguration,
  type FoundParts,
  stateExtents,
} from './salvage-parts.ts';
import type { SalvageReport } from './salvage-report.ts';
import { records } from './salvage-records.ts';
import {
  gzipMembers,
  ScanBudget,
  type ScannedRange,
  scanFrames,
  scanSealed,
  scanSelfEnding,
  type SubkeyFinder,
} from './salvage-scan.ts';
import { SnapshotSalvage } from './salvage-snapshots.ts';
import { colouredKey } from './state.ts';
import { WRAPPED_MAC_LENGTH } from './wrapped-object.ts';

/** How to salvage. */
export interface SalvageOptions extends OpenOptions {
  /** Finds sealed blobs without an index; without it that is not tried. `key`: the archive key. */
  readonly subkeyFinder?: (key: Uint8Array) => SubkeyFinder;
  /** Unix milliseconds; the system's clock where not given. */
  readonly now?: () => number;
  /** Bytes of the file that were looked at, of those that will be: more when blobs have to be looked for. */
  readonly onProgress?: (done: number, total: number) => void;
}

/**
 * Writes what can be saved of the archive behind `source` to `sink`; closes `source`, and aborts `sink` when that fails.
 * @throws IntegrityError INTEGRITY_MISSING where nothing can be saved; KeyError; CancelledError; ConnectorError of both
 */
export async function salvageArchive(
  source: ByteSource,
  sink: ByteSink,
  options: SalvageOptions,
): Promise<SalvageReport> {
  try {
    return await new Salvage(source, sink, options).run();
  } catch (error) {
    await sink.abort();
    throw error;
  } finally {
    await source.close();
  }
}

interface Opened {
  readonly found: FoundConfiguration;
  readonly key: Uint8Array | undefined;
  readonly keys: ArchiveKeys;
  readonly codec: BlobCodec;
}

class Salvage {
  readonly #source: ByteSource;
  readonly #sink: ByteSink;
  readonly #options: SalvageOptions;
  readonly #seed: number;
  #passphrase: Promise<Uint8Array | undefined> | undefined;
  readonly #container: string[] = [];
  readonly #foundBy: SalvageReport['foundBy'][number][] = [];

  constructor(source: ByteSource, sink: ByteSink, options: SalvageOptions) {
    this.#source = source;
    this.#sink = sink;
    this.#options = options;
    this.#seed = viewOf(options.primitives.randomBytes(4)).getUint32(0);
  }

  async run(): Promise<SalvageReport> {
    const { signal, primitives } = this.#options;
    const parts = await findParts(this.#source, signal);
    if (parts.layoutProblem !== undefined) this.#container.push(parts.layoutProblem);
    const opened = await this.#open(parts);
    const offsets = dataOffsets(parts, opened.found);
    const indexes = await this.#readIndexes(parts, opened, offsets);
    const blobs = new SalvagedBlobs({
      source: this.#source,
      codec: opened.codec,
      mac: opened.keys.mac,
      primitives,
      seed: this.#seed,
      signal,
    });
    const missing = await this.#gather(blobs, indexes, offsets, opened);
    const writer = await this.#begin(opened);
    const snapshots = new SnapshotSalvage(blobs, this.#source, writer, signal);
    const [ids, lostIds] = snapshotIds(blobs, indexes);
    const isListed = indexes.some(({ isWhole }) => isWhole);
    const hasDeleted = indexes.some(({ coloured }) => coloured.size > 0);
    await snapshots.saveAll(ids, lostIds, { isListed, hasDeleted });
    if (snapshots.results.every(({ outcome }) => outcome === 'lost')) {
      throw this.#nothing('no snapshot or entry authenticates');
    }
    const { size } = await writer.close();
    return {
      container: this.#container,
      foundBy: this.#foundBy,
      isListed,
      blobs: { found: blobs.index.count, missing },
      snapshots: snapshots.results,
      missing: snapshots.missing.items,
      missingCount: snapshots.missing.count,
      size,
    };
  }

  /**
   * The configuration at the beginning, where it can be read: what is wrong with it may not matter. Otherwise one that was found and
   * whose MAC is right.
   */
  async #open(parts: FoundParts): Promise<Opened> {
    let wrongKey: KeyError | undefined;
    for await (const found of findConfigurations(this.#source, parts)) {
      throwIfCancelled(this.#options.signal);
      try {
        const opened = await this.#tryConfiguration(found);
        const hasher = opened.keys.beginConfigurationMac();
        const macOffset = found.wrapped.length - WRAPPED_MAC_LENGTH;
        hasher.update(found.wrapped.subarray(0, macOffset));
        const isSound = equalBytes(hasher.digest(), found.wrapped.subarray(macOffset));
        if (!isSound) this.#container.push('the configuration does not match its MAC');
        if (isSound || found.offset === PROLOGUE_LENGTH) return opened;
      } catch (error) {
        if (!(error instanceof KeyError) || error.code === 'KEY_MISSING') throw error;
        wrongKey ??= error;
      }
    }
    throw wrongKey ?? this.#nothing('its configuration cannot be found');
  }

  async #tryConfiguration(found: FoundConfiguration): Promise<Opened> {
    const { primitives } = this.#options;
    // There may be several configurations to try, but people are asked once.
    const { passphrase } = this.#options;
    const askOnce = (): Promise<Uint8Array | undefined> =>
      (this.#passphrase ??= passphrase?.() ?? Promise.resolve(undefined));
    const key = await archiveKeyOf(
      found.configuration,
      { ...this.#options, passphrase: askOnce },
      this.#source.name,
    );
    const keys = keysOf(primitives, found.configuration, key);
    return { found, key, keys, codec: blobCodec(primitives, keys, compressionOf(found.configuration)) };
  }

  async #readIndexes(
    parts: FoundParts,
    { codec, key, keys }: Opened,
    offsets: readonly number[],
  ): Promise<SalvagedIndex[]> {
    const reading = {
      source: this.#source,
      codec,
      mac: keys.mac,
      isSealed: key !== undefined,
      seed: this.#seed,
    };
    const extents = stateExtents(this.#source, parts);
    let state: SalvagedIndex | undefined;
    let index: SalvagedIndex | undefined;
    for (const { offset, end } of extents) {
      if (state?.isWhole === true) break;
      const read = await salvageState(reading, offset, end);
      if (read !== undefined && read.blobs.count >= (state?.blobs.count ?? 1)) state = read;
    }
    for (const { offset } of extents) {
      for (const dataOffset of offsets) {
        if (index !== undefined) break;
        index = await salvagePackfileIndex(reading, dataOffset, offset - WRAPPED_MAC_LENGTH);
      }
    }
    if (state === undefined) this.#container.push('the state cannot be read');
    else if (!state.isWhole) this.#container.push('the state does not match its MAC');
    if (index === undefined) this.#container.push("the packfile's index cannot be read");
    else if (!index.isWhole) this.#container.push("the packfile's index does not match its MAC");
    if (state !== undefined) this.#foundBy.push('state');
    if (index !== undefined) this.#foundBy.push('index');
    return [state, index].filter((read) => read !== undefined);
  }

  /** Fills `blobs`. @returns how many blobs the indexes name that are nowhere */
  async #gather(
    blobs: SalvagedBlobs,
    indexes: readonly SalvagedIndex[],
    offsets: readonly number[],
    opened: Opened,
  ): Promise<number> {
    const { onProgress } = this.#options;
    const total = this.#source.size;
    let missing = 0;
    for (const { blobs: listed, unnamed } of indexes) {
      let done = 0;
      const onRead = (length: number): void => onProgress?.(Math.min((done += length), total), total);
      const lost = await blobs.addListed(listed, offsets, onRead);
      missing = Math.max(missing, lost + (await blobs.addUnnamed(unnamed, offsets, onRead)));
    }
    if (!indexes.some(({ isWhole }) => isWhole)) await this.#scan(blobs, offsets, opened);
    return missing;
  }

  async #scan(blobs: SalvagedBlobs, [start = 0]: readonly number[], opened: Opened): Promise<void> {
    const { signal, onProgress } = this.#options;
    const total = this.#source.size;
    const source = new BufferedSource(this.#source);
    const whole = { start: Math.min(start, total), end: total };
    const budget = new ScanBudget(total);
    this.#foundBy.push('scan');
    // Looked up front: what is found changes what is free.
    for (const gap of [...blobs.gaps(whole)]) {
      for await (const range of this.#rangesIn(source, gap, opened, budget)) await blobs.addFound(range);
      onProgress?.(gap.end, total);
    }
    const { found, key, keys } = opened;
    const compression = compressionOf(found.configuration);
    if (key === undefined && compression === undefined) {
      const reading = { source, mac: keys.mac, seed: this.#seed, signal };
      await new ChunkSearch(blobs, reading).run(whole);
    }
    if (key === undefined && compression !== 'GZIP') {
      this.#container.push('nothing vouches for headers and entries that no index and no tree names');
    }
    await blobs.attachSignatures();
  }

  /** What may be blobs in `gap`, by what the archive's blobs begin with. */
  #rangesIn(
    source: ByteSource,
    gap: ScannedRange,
    { found, key }: Opened,
    budget: ScanBudget,
  ): AsyncIterable<ScannedRange> | readonly ScannedRange[] {
    const { signal, subkeyFinder, onProgress } = this.#options;
    if (key !== undefined) {
      if (subkeyFinder === undefined) return [];
      const onScan = (done: number): void => onProgress?.(gap.start + done, this.#source.size);
      return scanSealed(source, gap, subkeyFinder(key), signal, onScan);
    }
    switch (compressionOf(found.configuration)) {
      case 'LZ4':
        return scanFrames(source, gap, budget, signal);
      case 'GZIP':
        return scanSelfEnding(source, gap, gzipMembers(budget), signal);
      case undefined:
        return scanSelfEnding(source, gap, records(budget), signal);
    }
  }

  async #begin({ found, keys, codec }: Opened): Promise<ArchiveWriter> {
    const { primitives, now = Date.now } = this.#options;
    const writer = new ArchiveWriter(this.#sink, found.configuration, keys, codec, primitives, now);
    await writer.begin();
    return writer;
  }

  #nothing(reason: string): IntegrityError {
    const message = `nothing of ${this.#source.name} can be saved: ${reason}`;
    return new IntegrityError('INTEGRITY_MISSING', message, { section: 'Salvage' });
  }
}

/** Ids of the snapshots whose headers are there, and of those whose headers are not; without those marked as deleted. */
function snapshotIds(
  blobs: SalvagedBlobs,
  indexes: readonly SalvagedIndex[],
): [there: Uint8Array[], lost: Uint8Array[]] {
  const isDeleted = (id: Uint8Array): boolean =>
    indexes.some(({ coloured }) => coloured.has(colouredKey(ResourceType.snapshot, id)));
  const there: Uint8Array[] = [];
  for (let at = 0; at < blobs.index.count; at++) {
    const id = blobs.index.id(at);
    const isOwn = blobs.index.type(at) === ResourceType.snapshot && !blobs.nested.has(at);
    if (isOwn && !isDeleted(id)) there.push(id);
  }
  const [listed] = indexes;
  const lost: Uint8Array[] = [];
  for (let at = 0; at < (listed?.blobs.count ?? 0); at++) {
    const id = listed?.blobs.id(at) ?? new Uint8Array();
    const isLost =
      listed?.blobs.type(at) === ResourceType.snapshot && blobs.index.find(ResourceType.snapshot, id) < 0;
    if (isLost && !isDeleted(id)) lost.push(id);
  }
  return [there, lost];
}
