/**
 * What the format needs from the platform it runs on. `src/platform/` implements these for Node and the web; tests implement
 * them for faults.
 */
import type { ChunkCut } from './fastcdc.ts';

/** What bytes a content has. */
export interface ByteStatistics {
  /** Entropy of `bytes` in bits per byte, 0 to 8; 0 for none. Rounded as `entropy.ts` rounds it. */
  readonly entropy: (bytes: Uint8Array) => number;
  /** Classes of the bytes that occur in `bytes`, at most 64 KiB: bits of `content-type.ts`. */
  readonly classes: (bytes: Uint8Array) => number;
}

/** Random access to the bytes of an archive: a file, an HTTP range server, a buffer. */
export interface ByteSource {
  /** For messages: a path or URL without credentials. */
  readonly name: string;
  /** Bytes in all. Fixed while open. */
  readonly size: number;
  /**
   * Exactly `length` bytes at `offset`. The result may be reused by nobody else: callers may keep it.
   * @throws FormatError FORMAT_TRUNCATED when the range is not inside `[0, size]` or the source has become shorter
   * @throws ConnectorError when the source fails
   */
  read(offset: number, length: number): Promise<Uint8Array>;
  /** As {@link read}, to `target`, all of it: for callers that use buffers again. After an error its content is undefined. */
  readInto?(offset: number, target: Uint8Array): Promise<void>;
  close(): Promise<void>;
}

/**
 * Room outside of memory, for what is needed again before an archive is complete. Nothing of it outlasts the process. Calls wait for the
 * disk: for pieces of some kilobytes.
 */
export interface Scratch {
  /** Writes `bytes` at offset `at`. @throws ConnectorError CONNECTOR_NO_SPACE, CONNECTOR_IO */
  write(at: number, bytes: Uint8Array): void;
  /** Fills `target` with what was written at offset `at`. @throws ConnectorError CONNECTOR_IO */
  read(at: number, target: Uint8Array): void;
}

/**
 * Where a new archive goes, all or nothing: until `commit` resolves nothing is visible under the archive's name, and what was
 * there before stays.
 */
export interface ByteSink {
  /** For messages: a path or URL without credentials. */
  readonly name: string;
  /** Appends. Resolves when more may be written (back-pressure); the bytes may be reused by the caller after that. */
  write(bytes: Uint8Array): Promise<void>;
  /** Makes the written bytes durable and visible under the name. */
  commit(): Promise<void>;
  /** Throws the written bytes away. May be called at any time, also twice, also after a failed write. */
  abort(): Promise<void>;
  /** Room that is there until `commit` or `abort`, called once at most; undefined where there is none. */
  scratch?(): Scratch | undefined;
}

/** Hashing algorithms of the configuration (`Hashing.Algorithm`). */
export type HashingAlgorithm = 'BLAKE3' | 'SHA256';

/** A running hash or MAC with a 32-byte result. */
export interface Hasher {
  /** `subtrees`: what {@link MacKey.subtrees} gives for these bytes where they stand, if it was asked. */
  update(bytes: Uint8Array, subtrees?: Uint8Array): void;
  /** 32 bytes. The hasher may not be used afterwards. */
  digest(): Uint8Array;
}

/** A MAC whose key is set up once per archive. All results are 32 bytes. */
export interface MacKey {
  /** MAC of one buffer. */
  mac(bytes: Uint8Array): Uint8Array;
  /** MAC of a stream. */
  begin(): Hasher;
  /**
   * What most of the MAC of a stream can be made of, for those of its bytes that begin `at` bytes after its begin: so parts of it can be
   * computed elsewhere and in any order. 32 bytes for each subtree that lies in them. Absent where the MAC is no tree, or is not computed so.
   */
  readonly subtrees?: ((bytes: Uint8Array, at: number) => Uint8Array<ArrayBuffer>) | undefined;
}

/** A plaintext that is being sealed: `head`, then what every piece gives, are what `Sealer.seal` gives for the whole. */
export interface RunningSealer {
  readonly head: Uint8Array;
  /** Seals a piece of whole segments; the result is valid until the next call. */
  update(piece: Uint8Array): Uint8Array;
  /** Seals the last piece, which may be of any length. The sealer may not be used afterwards. */
  end(piece: Uint8Array): Uint8Array;
}

/** Sealing under one archive key, set up once per archive. Layout: see `sealing.ts`. */
export interface Sealer {
  /** Subkey block and sealed segments of `plaintext` (spec "Sealing"). */
  seal(plaintext: Uint8Array): Uint8Array;
  /** `seal` of a plaintext that comes in pieces. */
  begin(): RunningSealer;
  /**
   * Inverse of `seal`.
   * @throws IntegrityError INTEGRITY_SEAL when the subkey or a segment does not authenticate
   */
  open(sealed: Uint8Array): Uint8Array;
}

/** Argon2id as in RFC 9106; `memoryKiB` in KiB. */
export interface Argon2idCost {
  readonly kdf: 'ARGON2ID';
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly memoryKiB: number;
  readonly parallelism: number;
  readonly keyLength: number;
}
/** scrypt as in RFC 7914. */
export interface ScryptCost {
  readonly kdf: 'SCRYPT';
  readonly salt: Uint8Array;
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly keyLength: number;
}
/** PBKDF2 as in RFC 8018. */
export interface Pbkdf2Cost {
  readonly kdf: 'PBKDF2';
  readonly salt: Uint8Array;
  readonly iterations: number;
  readonly hashing: HashingAlgorithm;
  readonly keyLength: number;
}
/** Parameters of a key derivation, already held against the limits of `configuration.ts`. */
export type KdfCost = Argon2idCost | ScryptCost | Pbkdf2Cost;

/** Compression algorithms of the configuration (`Compression.Algorithm`). */
export type CompressionAlgorithm = 'LZ4' | 'GZIP';

/** How blobs are compressed: the algorithm, and for LZ4 how hard to look for repetitions; a level says nothing to readers. */
export interface CompressionMethod {
  readonly algorithm: CompressionAlgorithm;
  /** `fast`: for speed, but small blobs, where that costs little, for size; `high`: all for size. */
  readonly effort: 'fast' | 'high';
}

/** What encoding and decoding the blobs of one archive takes, in a form that can be sent to another thread. */
export interface CodecSettings {
  readonly hashing: HashingAlgorithm;
  /** 32 bytes: the key of the blobs' MACs. */
  readonly macKey: Uint8Array;
  /** 32 bytes; undefined in a plaintext archive. */
  readonly archiveKey: Uint8Array | undefined;
  readonly compression: CompressionMethod | undefined;
}

/** Blobs one after the other, in a buffer of their own, which may be longer. */
export interface BlobBatch {
  readonly bytes: Uint8Array<ArrayBuffer>;
  /** Bytes of each blob. */
  readonly lengths: Uint32Array<ArrayBuffer>;
}

/** What the blobs of a batch are called, and what chunks say of theirs. */
export interface BlobNames {
  /** Bytes of each blob. */
  readonly lengths: Uint32Array<ArrayBuffer>;
  /** Ids, 32 bytes each. */
  readonly ids: Uint8Array<ArrayBuffer>;
  /** Entropies, bits per byte. */
  readonly entropies: Float64Array<ArrayBuffer>;
}

/** A batch whose blobs have no names yet. */
export interface UnnamedBatch extends BlobBatch {
  /** Where in a content it begins whose MAC is wanted; undefined where none is. */
  readonly at: number | undefined;
}

/** A batch whose blobs have their names. */
export interface NamedBatch extends BlobBatch, BlobNames {
  /** Of the content's MAC; see {@link MacKey.subtrees}. */
  readonly subtrees: Uint8Array<ArrayBuffer> | undefined;
}

/** Stored blobs and what their plaintexts must be. */
export interface StoredBatch extends BlobBatch {
  /** Resource type of each. */
  readonly types: Uint8Array<ArrayBuffer>;
  /** Ids, 32 bytes each. */
  readonly ids: Uint8Array<ArrayBuffer>;
  /** 1 for each whose plaintext is wanted and not only its verification. */
  readonly wanted: Uint8Array<ArrayBuffer>;
  /** Bytes of plaintext that may be wanted in all. */
  readonly sizeMax: number;
}

/** Encodes and decodes one blob under one archive's configuration. */
export interface SingleCodec {
  encode(plaintext: Uint8Array): Uint8Array;
  /**
   * @param sizeMax bytes that the plaintext may have
   * @throws IntegrityError INTEGRITY_SEAL; FormatError FORMAT_COMPRESSION, FORMAT_LIMIT
   */
  decode(stored: Uint8Array, sizeMax: number): Uint8Array;
}

/** Encodes blob `index` of a batch into `target` from `at` on; returns the index behind it. */
export type BlobEncoder = (plaintext: Uint8Array, index: number, target: Uint8Array, at: number) => number;

/**
 * Decodes blob `index` of a batch: its plaintext, which is valid until the next call of something other than a MAC, or undefined where it is damaged or has more than
 * `sizeMax` bytes. It is not compared with the blob's id.
 */
export type BlobDecoder = (stored: Uint8Array, index: number, sizeMax: number) => Uint8Array | undefined;

/** Encodes and decodes the blobs of batches one after the other; what can be done for all of a batch at once is done first. */
export interface BatchCodec {
  /** For `count` blobs, each of which is encoded once. */
  encoder(count: number): BlobEncoder;
  decoder(batch: BlobBatch): BlobDecoder;
}

/** Where buffers come from, and where they go to be used again. */
export interface Buffers {
  /** A buffer of at least `length` bytes of undefined content. */
  take(length: number): Uint8Array<ArrayBuffer>;
  give(buffer: ArrayBuffer): void;
}

/** Length in a {@link DecodedBatch} of a blob that was not decoded, or whose plaintext is not what its id says. */
export const NOT_DECODED = 0xffff_ffff;

/** Plaintexts of a {@link StoredBatch}; `bytes` has only those that were wanted. */
export type DecodedBatch = BlobBatch;

/** What threads are wanted for. */
export type ThreadWork = 'encode' | 'decode';

/**
 * Threads that name, encode and decode blobs of one archive, many at a time. Work that was begun is answered even when `close` comes
 * first. Keys are wiped in the threads by `close`.
 */
export interface BlobThreads {
  /** Threads that take work: 0 before `start` and where there are none, so that the caller does it by itself. */
  readonly width: number;
  /**
   * Starts the threads where that was not done: worth it for some megabytes. What is to be encoded has to be read, cut and written by the
   * caller, who names it where the threads are busy: it keeps a core for itself.
   */
  start(work: ThreadWork): void;
  /** Lets other things happen on the calling thread, which a caller that does all by itself would keep waiting. */
  pause(): Promise<void>;
  readonly buffers: Buffers;
  /** Whether a thread that takes work has next to none. */
  readonly isIdle: boolean;
  /** Takes `batch` over, to give it back with the names of its blobs. */
  name(batch: UnnamedBatch): Promise<NamedBatch>;
  /** Takes `batch` over, to encode it in place: as many bytes as that may add stand before it in its buffer. */
  encode(batch: BlobBatch): Promise<BlobBatch>;
  /** Takes `batch` over. */
  decode(batch: StoredBatch): Promise<DecodedBatch>;
  close(): void;
}

/** Ed25519 signatures (RFC 8032). A private key is its 32-byte seed. */
export interface Ed25519 {
  /** 32 bytes. */
  publicKey(seed: Uint8Array): Uint8Array;
  /** 64 bytes. */
  sign(seed: Uint8Array, message: Uint8Array): Uint8Array;
  /** False for everything that is no valid signature, a key or signature of the wrong length included. */
  verify(publicKey: Uint8Array, message: Uint8Array, signature: Uint8Array): boolean;
}

/** The computing that differs between platforms: primitives, fast or portable, that give the same bytes everywhere. */
export interface Primitives {
  /** `length` bytes from the system's cryptographic generator. */
  randomBytes(length: number): Uint8Array;
  hash(algorithm: HashingAlgorithm): Hasher;
  /** `key`: 32 bytes. */
  macKey(algorithm: HashingAlgorithm, key: Uint8Array): MacKey;
  /** `key`: 32 bytes, the archive key. */
  sealer(key: Uint8Array): Sealer;
  deriveKey(cost: KdfCost, passphrase: Uint8Array): Promise<Uint8Array>;
  readonly ed25519: Ed25519;
  /**
   * @param effort see {@link CompressionMethod}; `fast` where not given
   * @param room where the result may be made
   */
  compress(
    algorithm: CompressionAlgorithm,
    plain: Uint8Array,
    effort?: CompressionMethod['effort'],
    room?: Uint8Array,
  ): Uint8Array;
  /** Finds chunk boundaries; see `fastcdc.ts`. */
  readonly chunkCut: ChunkCut;
  readonly byteStatistics: ByteStatistics;
  /**
   * @param sizeMax the result may not be longer (bytes)
   * @throws FormatError FORMAT_COMPRESSION on a malformed frame, FORMAT_LIMIT above `sizeMax`
   */
  decompress(algorithm: CompressionAlgorithm, compressed: Uint8Array, sizeMax: number): Uint8Array;
  /** A faster way for batches under these settings than `single` for each blob; absent, or undefined, where there is none. */
  readonly batches?: ((settings: CodecSettings, single: SingleCodec) => BatchCodec | undefined) | undefined;
  /** Threads for the blobs of an archive; absent where there are none. */
  readonly threads?: ((settings: CodecSettings) => BlobThreads) | undefined;
  /**
   * Starts threads before there is a key for them, to be there when it is: deriving one takes longer. The result, to be called once, lets go
   * of them: those that no archive has taken meanwhile end.
   */
  readonly holdThreads?: ((work: ThreadWork) => () => void) | undefined;
}
