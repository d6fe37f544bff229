/**
 * A forge for archives: makes valid ones like a writer does, and lets a vector reach in anywhere between plaintext and file, so that
 * everything around the one fault is right, MACs included.
 */
import { createHash, pbkdf2Sync } from 'node:crypto';
import { UNMACED } from '../../../src/format/blob-batch.ts';
import { type BlobCodec, blobCodec } from '../../../src/format/blob-codec.ts';
import { BlobIndex } from '../../../src/format/blob-index.ts';
import { concatBytes, encodeUtf8, viewOf } from '../../../src/format/bytes.ts';
import {
  compressionConfiguration,
  compressionOf,
  type Configuration,
  DATA_ALGORITHM,
  DEFAULT_CHUNKING,
  encodeConfiguration,
  type KdfParams,
  PTAR_PACKFILE,
  SUBKEY_ALGORITHM,
} from '../../../src/format/configuration.ts';
import { joinContainer } from '../../../src/format/container.ts';
import { type ArchiveKeys, keysOf } from '../../../src/format/keys.ts';
import { encodeFooter, encodeIndex, INDEX_RECORD_LENGTH } from '../../../src/format/packfile.ts';
import type { HashingAlgorithm, Primitives } from '../../../src/format/ports.ts';
import { ResourceType, STATE_VERSION, VERSION_1_0_0 } from '../../../src/format/resource-type.ts';
import { SEGMENT_SIZE } from '../../../src/format/sealing.ts';
import { encodeState } from '../../../src/format/state.ts';
import { wrapObject } from '../../../src/format/wrapped-object.ts';
import { escapeBytes } from '../vector-file.ts';
import { deterministicPrimitives } from './deterministic.ts';

/** 2026-11-21T14:04:18Z. */
export const SECONDS = 1_795_269_858n;
const TIMESTAMP_NS = SECONDS * 1_000_000_000n;
const PACKFILE_ID = Uint8Array.from({ length: 32 }, (_, index) => (index < 16 ? index : 0));
const STATE_ID = Uint8Array.from({ length: 32 }, (_, index) => (index < 16 ? 15 - index : 0));

/** The passphrase of encrypted vectors. */
export const PASSPHRASE = 'correct horse battery staple';

/** How an archive is made. */
export interface ForgeOptions {
  /** Tells the random numbers of one vector from those of another. */
  readonly seed?: string;
  readonly hashing?: HashingAlgorithm;
  readonly compression?: 'LZ4' | 'GZIP';
  readonly encrypted?: boolean;
  /** Where encrypted: the key derivation and its result. */
  readonly opened?: { readonly kdfParams: KdfParams; readonly key: Uint8Array };
}

/** Where a vector reaches in. Each gets what would be written and gives what is written instead; MACs are made of that. */
export interface Changes {
  /** The configuration's record, before it is encoded. */
  readonly configuration?: (configuration: Configuration) => Configuration;
  /** Its bytes. */
  readonly configurationBytes?: (bytes: Uint8Array) => Uint8Array;
  /** Encoded blobs. */
  readonly blobs?: (stored: Uint8Array) => Uint8Array;
  /** Plaintext of the packfile's index; the footer counts and authenticates the result. */
  readonly index?: (plaintext: Uint8Array) => Uint8Array;
  readonly footer?: (plaintext: Uint8Array) => Uint8Array;
  /** The packfile's data. */
  readonly packfile?: (data: Uint8Array) => Uint8Array;
  readonly state?: (plaintext: Uint8Array) => Uint8Array;
  /** The state's stored data. */
  readonly stateStored?: (stored: Uint8Array) => Uint8Array;
  /** Version of the wrapped state. */
  readonly stateVersion?: number;
  /** The keys of all MACs but the configuration's, and of the seal. */
  readonly keys?: (keys: ArchiveKeys) => ArchiveKeys;
}

/** The parts of an archive, wrapped. */
export interface Parts {
  readonly configuration: Uint8Array;
  readonly packfile: Uint8Array;
  readonly state: Uint8Array;
}

/** One archive in the making. */
export class Forge {
  readonly primitives: Primitives;
  readonly configuration: Configuration;
  readonly key: Uint8Array | undefined;
  readonly keys: ArchiveKeys;
  readonly codec: BlobCodec;
  readonly blobs = new BlobIndex(64, 0);
  readonly #stored: Uint8Array[] = [];
  #length = 0;

  constructor(options: ForgeOptions = {}) {
    this.primitives = deterministicPrimitives(options.seed ?? 'vector');
    const kdfParams = options.opened?.kdfParams ?? cheapKdf(this.primitives.randomBytes(16));
    this.key = options.encrypted === true ? (options.opened?.key ?? deriveCheaply(kdfParams)) : undefined;
    this.configuration = {
      timestamp: { seconds: SECONDS, nanoseconds: 0 },
      repositoryId: this.primitives.randomBytes(16),
      packfile: PTAR_PACKFILE,
      chunking: DEFAULT_CHUNKING,
      hashing: { algorithm: options.hashing ?? 'BLAKE3', bits: 256 },
      compression: options.compression && compressionConfiguration(options.compression),
      encryption: this.key && {
        subkeyAlgorithm: SUBKEY_ALGORITHM,
        dataAlgorithm: DATA_ALGORITHM,
        segmentSize: SEGMENT_SIZE,
        kdfParams,
        canary: this.primitives.sealer(this.key).seal(this.primitives.randomBytes(32)),
      },
    };
    this.keys = keysOf(this.primitives, this.configuration, this.key);
    this.codec = blobCodec(this.primitives, this.keys, compressionOf(this.configuration));
  }

  /** A blob under the MAC of its plaintext. */
  put(type: ResourceType, plaintext: Uint8Array): Uint8Array {
    return this.putAs(type, this.keys.mac.mac(plaintext), plaintext);
  }

  /** A blob under any id. */
  putAs(type: ResourceType, id: Uint8Array, plaintext: Uint8Array): Uint8Array {
    return this.putStored(type, id, this.codec.encode(plaintext));
  }

  /** A blob under any id, with any stored bytes. */
  putStored(type: ResourceType, id: Uint8Array, stored: Uint8Array): Uint8Array {
    if (this.blobs.add(type, id, this.#length, stored.length) >= 0) {
      this.#stored.push(stored);
      this.#length += stored.length;
    }
    return id;
  }

  /** The stored bytes of a blob; a view into nothing else. */
  stored(type: ResourceType, id: Uint8Array): Uint8Array {
    const index = this.blobs.find(type, id);
    const at = this.blobs.offset(index);
    return concatBytes(this.#stored).slice(at, at + this.blobs.length(index));
  }

  /** The archive's parts. */
  parts(changes: Changes = {}): Parts {
    const same = <T>(value: T): T => value;
    const keys = (changes.keys ?? same)(this.keys);
    const configuration = (changes.configuration ?? same)(this.configuration);
    const configurationBytes = (changes.configurationBytes ?? same)(encodeConfiguration(configuration));
    const configurationMac = this.keys.beginConfigurationMac();
    const packfile = wrapObject(
      ResourceType.packfile,
      VERSION_1_0_0,
      this.#packfileData(changes),
      keys.mac.begin(),
    );
    const state = (changes.state ?? same)(
      encodeState(this.blobs, {
        packfileId: PACKFILE_ID,
        stateId: STATE_ID,
        timestampNs: TIMESTAMP_NS,
        serial: this.configuration.repositoryId,
      }),
    );
    const stateStored = (changes.stateStored ?? same)(this.codec.encode(state));
    return {
      configuration: wrapObject(
        ResourceType.configuration,
        VERSION_1_0_0,
        configurationBytes,
        configurationMac,
      ),
      packfile,
      state: wrapObject(
        ResourceType.state,
        changes.stateVersion ?? STATE_VERSION,
        stateStored,
        keys.mac.begin(),
      ),
    };
  }

  #packfileData(changes: Changes): Uint8Array {
    const same = <T>(value: T): T => value;
    const stored = (changes.blobs ?? same)(concatBytes(this.#stored));
    const index = (changes.index ?? same)(encodeIndex(this.blobs));
    const footer = (changes.footer ?? same)(
      encodeFooter({
        timestampNs: TIMESTAMP_NS,
        count: Math.floor(index.length / 56),
        indexOffset: stored.length,
        indexMac: this.keys.mac.mac(index),
      }),
    );
    const footerStored = this.codec.encode(footer);
    const footerLength = new Uint8Array(4);
    viewOf(footerLength).setUint32(0, footerStored.length, true);
    const data = concatBytes([stored, this.codec.encode(index), footerStored, footerLength]);
    return (changes.packfile ?? same)(data);
  }

  /** The archive. */
  archive(changes: Changes = {}): Uint8Array {
    const { configuration, packfile, state } = this.parts(changes);
    return joinContainer(configuration, packfile, state);
  }
}

/** Key derivation that takes no time: PBKDF2 with one iteration. */
export function cheapKdf(salt: Uint8Array): KdfParams {
  return {
    kdf: 'PBKDF2',
    salt,
    argon2id: undefined,
    scrypt: undefined,
    pbkdf2: { saltSize: salt.length, iterations: 1, keyLength: 32, hashing: 'SHA256' },
  };
}

function deriveCheaply({ salt }: KdfParams): Uint8Array {
  return new Uint8Array(pbkdf2Sync(PASSPHRASE, salt ?? new Uint8Array(), 1, 32, 'sha256'));
}

/** A `tree` line of a regular file. */
export function fileLine(path: string, content: Uint8Array): string {
  const hash = createHash('sha256').update(content).digest('hex');
  return `file ${escapeBytes(encodeUtf8(path))} ${content.length} ${hash}`;
}

/** A copy of `bytes` after `change`. */
export function edited(bytes: Uint8Array, change: (copy: Uint8Array, view: DataView) => void): Uint8Array {
  const copy = bytes.slice();
  change(copy, viewOf(copy));
  return copy;
}

/** An index without the ids that are MACs. */
export function withoutIds(index: Uint8Array): Uint8Array {
  const copy = Uint8Array.from(index);
  for (let at = 0; at < copy.length; at += INDEX_RECORD_LENGTH) {
    if (!UNMACED.includes(copy[at] ?? 0)) copy.fill(0, at + 8, at + 40);
  }
  return copy;
}
