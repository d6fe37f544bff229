/**
 * The configuration: how the archive is chunked, hashed, compressed and encrypted. A msgpack map with Go's field names.
 *
 * | field | type | value |
 * |---|---|---|
 * | Timestamp | time | when the archive was made |
 * | RepositoryID | [16]byte | UUID; the root of a plaintext archive's MAC key |
 * | Packfile | {MinSize, AvgSize, MaxSize: u64} | 0, 0, 2^64 − 1 |
 * | Chunking | {Algorithm: str; MinSize, NormalSize, MaxSize: u32} | `fastcdc-v1.0.0`, 512 KiB, 1 MiB, 8 MiB |
 * | Hashing | {Algorithm: str, Bits: u32} | `BLAKE3` or `SHA256`, 256 |
 * | Compression | nil or {Algorithm: str; Level, WindowSize, ChunkSize, BlockSize: int; EnableCRC: bool} | `LZ4` or `GZIP` |
 * | Encryption | nil or {SubKeyAlgorithm, DataAlgorithm: str; ChunkSize: int; KDFParams; Canary: bytes} | see `sealing.ts` |
 *
 * Source: specification "Configuration".
 */
import { FormatError } from '../errors.ts';
import { SEGMENT_SIZE } from './sealing.ts';
import {
  bool,
  bytes,
  field,
  fixedBytes,
  int,
  optionalField,
  pointer,
  record,
  str,
  time,
  u32,
  u64,
  u8,
} from './record.ts';
import type { CompressionAlgorithm, HashingAlgorithm } from './ports.ts';
import type { Timestamp } from './timestamp.ts';
import { CHUNK_SIZE_MAX } from './limits.ts';

/** Parameters of Argon2id as stored; memory in KiB. */
export interface Argon2idParams {
  readonly saltSize: number;
  readonly time: number;
  readonly memory: number;
  readonly threads: number;
  readonly keyLength: number;
}
/** Parameters of scrypt as stored. */
export interface ScryptParams {
  readonly saltSize: number;
  readonly n: number;
  readonly r: number;
  readonly p: number;
  readonly keyLength: number;
}
/** Parameters of PBKDF2 as stored. */
export interface Pbkdf2Params {
  readonly saltSize: number;
  readonly iterations: number;
  readonly keyLength: number;
  readonly hashing: string;
}
/** Key derivation as stored; exactly the parameters of `kdf` are defined. */
export interface KdfParams {
  readonly kdf: string;
  readonly salt: Uint8Array | null;
  readonly argon2id: Argon2idParams | undefined;
  readonly scrypt: ScryptParams | undefined;
  readonly pbkdf2: Pbkdf2Params | undefined;
}
/** Content-defined chunking; sizes in bytes. */
export interface ChunkingConfiguration {
  readonly algorithm: string;
  readonly sizeMin: number;
  readonly sizeNormal: number;
  readonly sizeMax: number;
}
/** Compression as stored; −1 stands for "default". */
export interface CompressionConfiguration {
  readonly algorithm: string;
  readonly level: number;
  readonly windowSize: number;
  readonly chunkSize: number;
  readonly blockSize: number;
  readonly enableCrc: boolean;
}
/** Encryption as stored. */
export interface EncryptionConfiguration {
  readonly subkeyAlgorithm: string;
  readonly dataAlgorithm: string;
  readonly segmentSize: number;
  readonly kdfParams: KdfParams;
  readonly canary: Uint8Array | null;
}
/** Everything that an archive's configuration holds. */
export interface Configuration {
  readonly timestamp: Timestamp;
  readonly repositoryId: Uint8Array;
  readonly packfile: { readonly sizeMin: bigint; readonly sizeAverage: bigint; readonly sizeMax: bigint };
  readonly chunking: ChunkingConfiguration;
  readonly hashing: { readonly algorithm: string; readonly bits: number };
  readonly compression: CompressionConfiguration | undefined;
  readonly encryption: EncryptionConfiguration | undefined;
}

const argon2idCodec = record<Argon2idParams>('Argon2id parameters', {
  saltSize: field('SaltSize', u32),
  time: field('Time', u32),
  memory: field('Memory', u32),
  threads: field('Threads', u8),
  keyLength: field('KeyLen', u32),
});
const scryptCodec = record<ScryptParams>('scrypt parameters', {
  saltSize: field('SaltSize', u32),
  n: field('N', int),
  r: field('R', int),
  p: field('P', int),
  keyLength: field('KeyLen', int),
});
const pbkdf2Codec = record<Pbkdf2Params>('PBKDF2 parameters', {
  saltSize: field('SaltSize', u32),
  iterations: field('Iterations', int),
  keyLength: field('KeyLen', int),
  hashing: field('Hashing', str),
});
const kdfCodec = record<KdfParams>('KDF parameters', {
  kdf: field('KDF', str),
  salt: field('Salt', bytes),
  argon2id: optionalField('argon2id', pointer(argon2idCodec)),
  scrypt: optionalField('scrypt', pointer(scryptCodec)),
  pbkdf2: optionalField('pbkdf2', pointer(pbkdf2Codec)),
});
const configurationCodec = record<Configuration>('configuration', {
  timestamp: field('Timestamp', time),
  repositoryId: field('RepositoryID', fixedBytes(16)),
  packfile: field(
    'Packfile',
    record<Configuration['packfile']>('packfile configuration', {
      sizeMin: field('MinSize', u64),
      sizeAverage: field('AvgSize', u64),
      sizeMax: field('MaxSize', u64),
    }),
  ),
  chunking: field(
    'Chunking',
    record<ChunkingConfiguration>('chunking configuration', {
      algorithm: field('Algorithm', str),
      sizeMin: field('MinSize', u32),
      sizeNormal: field('NormalSize', u32),
      sizeMax: field('MaxSize', u32),
    }),
  ),
  hashing: field(
    'Hashing',
    record<Configuration['hashing']>('hashing configuration', {
      algorithm: field('Algorithm', str),
      bits: field('Bits', u32),
    }),
  ),
  compression: field(
    'Compression',
    pointer(
      record<CompressionConfiguration>('compression configuration', {
        algorithm: field('Algorithm', str),
        level: field('Level', int),
        windowSize: field('WindowSize', int),
        chunkSize: field('ChunkSize', int),
        blockSize: field('BlockSize', int),
        enableCrc: field('EnableCRC', bool),
      }),
    ),
  ),
  encryption: field(
    'Encryption',
    pointer(
      record<EncryptionConfiguration>('encryption configuration', {
        subkeyAlgorithm: field('SubKeyAlgorithm', str),
        dataAlgorithm: field('DataAlgorithm', str),
        segmentSize: field('ChunkSize', int),
        kdfParams: field('KDFParams', kdfCodec),
        canary: field('Canary', bytes),
      }),
    ),
  ),
});

/** Chunking of every archive that this writer makes, and the only one that the reference makes. */
export const DEFAULT_CHUNKING: ChunkingConfiguration = {
  algorithm: 'fastcdc-v1.0.0',
  sizeMin: 512 * 1024,
  sizeNormal: 1024 * 1024,
  sizeMax: CHUNK_SIZE_MAX,
};
/** `Packfile` of every .ptar: one packfile without bounds. */
export const PTAR_PACKFILE: Configuration['packfile'] = {
  sizeMin: 0n,
  sizeAverage: 0n,
  sizeMax: 2n ** 64n - 1n,
};
/** `Encryption.SubKeyAlgorithm`. */
export const SUBKEY_ALGORITHM = 'AES256-KW';
/** `Encryption.DataAlgorithm`. */
export const DATA_ALGORITHM = 'AES256-GCM-SIV';

/** `Compression` as the reference writes it for `algorithm`. */
export function compressionConfiguration(algorithm: CompressionAlgorithm): CompressionConfiguration {
  const level = algorithm === 'LZ4' ? 1 << 17 : -1;
  return { algorithm, level, windowSize: -1, chunkSize: -1, blockSize: -1, enableCrc: false };
}

/** The configuration's plaintext. */
export function encodeConfiguration(configuration: Configuration): Uint8Array {
  return configurationCodec.toBytes(configuration);
}

/**
 * Reads a configuration; refuses what this version does not know. KDF parameters are checked in `keys.ts`.
 * @throws FormatError FORMAT_ENCODING, FORMAT_UNSUPPORTED, FORMAT_LIMIT
 */
export function decodeConfiguration(data: Uint8Array): Configuration {
  const configuration = configurationCodec.fromBytes(data);
  const { hashing, compression, encryption } = configuration;
  supported('hashing algorithm', hashing.algorithm, ['BLAKE3', 'SHA256']);
  supported('hash length', String(hashing.bits), ['256']);
  if (compression !== undefined) supported('compression', compression.algorithm, ['LZ4', 'GZIP']);
  if (encryption !== undefined) {
    supported('subkey algorithm', encryption.subkeyAlgorithm, [SUBKEY_ALGORITHM]);
    supported('encryption algorithm', encryption.dataAlgorithm, [DATA_ALGORITHM]);
    supported('segment size', String(encryption.segmentSize), [String(SEGMENT_SIZE)]);
  }
  return configuration;
}

function supported(what: string, found: string, known: readonly string[]): void {
  if (known.includes(found)) return;
  throw new FormatError(
    'FORMAT_UNSUPPORTED',
    `the archive uses ${what} ${JSON.stringify(found.slice(0, 40))}, this ptar knows ${known.join(', ')}: use a newer ptar`,
    { section: 'Configuration' },
  );
}

/** The hashing algorithm of a decoded configuration. */
export function hashingOf(configuration: Configuration): HashingAlgorithm {
  return configuration.hashing.algorithm as HashingAlgorithm;
}

/** The compression algorithm of a decoded configuration; undefined where blobs are stored as they are. */
export function compressionOf(configuration: Configuration): CompressionAlgorithm | undefined {
  return configuration.compression?.algorithm as CompressionAlgorithm | undefined;
}

/** `xxxxxxxx-xxxx-xxxx-xxxx-xxxxxxxxxxxx` of 16 bytes. */
export function formatUuid(id: Uint8Array): string {
  const hex = Array.from(id, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20)].join('-');
}
