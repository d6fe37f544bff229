/**
 * Keys: from the passphrase to the archive key, and from there to MACs.
 *
 * | what | key |
 * |---|---|
 * | MAC of the configuration | BLAKE3: keyed with the archive key, or unkeyed in a plaintext archive |
 * | every other MAC | the configured algorithm, keyed with the archive key, or, in a plaintext archive, with that algorithm's hash of the RepositoryID |
 * | sealing | the archive key |
 *
 * The canary is 32 random sealed bytes: it opens under the right passphrase only.
 * Source: specification "Keys and sealing".
 */
import { FormatError, IntegrityError, KeyError } from '../errors.ts';
import {
  type Configuration,
  DATA_ALGORITHM,
  type EncryptionConfiguration,
  hashingOf,
  type KdfParams,
  SUBKEY_ALGORITHM,
} from './configuration.ts';
import {
  ARGON2ID_ITERATIONS_MAX,
  ARGON2ID_MEMORY_KIB_MAX,
  ARGON2ID_PARALLELISM_MAX,
  PBKDF2_ITERATIONS_MAX,
  SALT_LENGTH_MAX,
  SCRYPT_MEMORY_MAX,
} from './limits.ts';
import type {
  CodecSettings,
  Hasher,
  HashingAlgorithm,
  KdfCost,
  MacKey,
  Primitives,
  Sealer,
} from './ports.ts';
import { SEGMENT_SIZE } from './sealing.ts';

/** Bytes of the archive key. */
export const KEY_LENGTH = 32;
const SALT_LENGTH = 16;
const CANARY_LENGTH = 32;

/** Key derivation functions that a new archive may use. */
export type KdfName = KdfCost['kdf'];

/** Everything keyed that one archive needs, set up once. */
export interface ArchiveKeys {
  readonly mac: MacKey;
  /** undefined in a plaintext archive. */
  readonly sealer: Sealer | undefined;
  /** A fresh hasher for the configuration's MAC. */
  readonly beginConfigurationMac: () => Hasher;
  /** For other threads, which make their own of it; without it, this one does everything. */
  readonly settings?: Omit<CodecSettings, 'compression'>;
}

/** The keys of an archive with this configuration; `archiveKey` is undefined exactly where it is plaintext. */
export function archiveKeys(
  primitives: Primitives,
  hashing: HashingAlgorithm,
  repositoryId: Uint8Array,
  archiveKey: Uint8Array | undefined,
): ArchiveKeys {
  if (archiveKey === undefined) {
    const hasher = primitives.hash(hashing);
    hasher.update(repositoryId);
    const macKey = hasher.digest();
    return {
      settings: { hashing, macKey, archiveKey },
      mac: primitives.macKey(hashing, macKey),
      sealer: undefined,
      beginConfigurationMac: () => primitives.hash('BLAKE3'),
    };
  }
  const configurationMac = primitives.macKey('BLAKE3', archiveKey);
  return {
    settings: { hashing, macKey: archiveKey, archiveKey },
    mac: primitives.macKey(hashing, archiveKey),
    sealer: primitives.sealer(archiveKey),
    beginConfigurationMac: () => configurationMac.begin(),
  };
}

/**
 * The archive key of an encrypted archive.
 * @throws KeyError KEY_COST (parameters above the limits), KEY_WRONG; FormatError FORMAT_UNSUPPORTED, FORMAT_ENCODING
 */
export async function unlock(
  primitives: Primitives,
  encryption: EncryptionConfiguration,
  passphrase: Uint8Array,
): Promise<Uint8Array> {
  const key = await primitives.deriveKey(kdfCost(encryption.kdfParams), passphrase);
  checkCanary(primitives, encryption, key);
  return key;
}

/** @throws KeyError KEY_WRONG where the canary does not open under `key` */
export function checkCanary(
  primitives: Primitives,
  encryption: EncryptionConfiguration,
  key: Uint8Array,
): void {
  try {
    const canary = primitives.sealer(key).open(encryption.canary ?? new Uint8Array());
    if (canary.length === CANARY_LENGTH) return;
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
  }
  throw new KeyError('KEY_WRONG', 'the passphrase does not open this archive');
}

/** A fresh encryption configuration for `passphrase`, with the parameters of the reference, and its archive key. */
export async function createEncryption(
  primitives: Primitives,
  kdf: KdfName,
  passphrase: Uint8Array,
): Promise<{ encryption: EncryptionConfiguration; key: Uint8Array }> {
  const kdfParams = defaultKdfParams(kdf, primitives.randomBytes(SALT_LENGTH));
  const key = await primitives.deriveKey(kdfCost(kdfParams), passphrase);
  const canary = primitives.sealer(key).seal(primitives.randomBytes(CANARY_LENGTH));
  const encryption = {
    subkeyAlgorithm: SUBKEY_ALGORITHM,
    dataAlgorithm: DATA_ALGORITHM,
    segmentSize: SEGMENT_SIZE,
    kdfParams,
    canary,
  };
  return { encryption, key };
}

function defaultKdfParams(kdf: KdfName, salt: Uint8Array): KdfParams {
  const saltSize = salt.length;
  const none = { argon2id: undefined, scrypt: undefined, pbkdf2: undefined };
  switch (kdf) {
    case 'ARGON2ID':
      return {
        kdf,
        salt,
        ...none,
        argon2id: { saltSize, time: 4, memory: 256 * 1024, threads: 1, keyLength: KEY_LENGTH },
      };
    case 'SCRYPT':
      return { kdf, salt, ...none, scrypt: { saltSize, n: 2 ** 15, r: 8, p: 1, keyLength: KEY_LENGTH } };
    case 'PBKDF2':
      return {
        kdf,
        salt,
        ...none,
        pbkdf2: { saltSize, iterations: 100_000, keyLength: KEY_LENGTH, hashing: 'SHA256' },
      };
  }
}

/**
 * Stored KDF parameters, held against the limits.
 * @throws KeyError KEY_COST; FormatError FORMAT_UNSUPPORTED (unknown KDF), FORMAT_ENCODING (parameters missing or senseless)
 */
export function kdfCost(params: KdfParams): KdfCost {
  const salt = params.salt ?? new Uint8Array();
  within('salt bytes', salt.length, 1, SALT_LENGTH_MAX);
  switch (params.kdf) {
    case 'ARGON2ID': {
      const { time, memory, threads, keyLength } = present(params.argon2id);
      within('key bytes', keyLength, KEY_LENGTH, KEY_LENGTH);
      within('Argon2id passes', time, 1, ARGON2ID_ITERATIONS_MAX);
      within('Argon2id lanes', threads, 1, ARGON2ID_PARALLELISM_MAX);
      within('KiB of Argon2id memory', memory, 8 * threads, ARGON2ID_MEMORY_KIB_MAX);
      within('salt bytes', salt.length, 8, SALT_LENGTH_MAX);
      return { kdf: 'ARGON2ID', salt, iterations: time, memoryKiB: memory, parallelism: threads, keyLength };
    }
    case 'SCRYPT': {
      const { n, r, p, keyLength } = present(params.scrypt);
      within('key bytes', keyLength, KEY_LENGTH, KEY_LENGTH);
      within('scrypt r', r, 1, 1024);
      within('scrypt p', p, 1, 1024);
      within('scrypt N', n, 2, 2 ** 30);
      within('bytes of scrypt memory', 128 * n * r * p, 1, SCRYPT_MEMORY_MAX);
      if (!Number.isInteger(Math.log2(n))) missing('scrypt N must be a power of two');
      return { kdf: 'SCRYPT', salt, n, r, p, keyLength };
    }
    case 'PBKDF2': {
      const { iterations, keyLength, hashing } = present(params.pbkdf2);
      within('key bytes', keyLength, KEY_LENGTH, KEY_LENGTH);
      within('PBKDF2 iterations', iterations, 1, PBKDF2_ITERATIONS_MAX);
      if (hashing !== 'SHA256' && hashing !== 'BLAKE3') missing('unknown PBKDF2 hash');
      return { kdf: 'PBKDF2', salt, iterations, hashing, keyLength };
    }
    default:
      throw new FormatError(
        'FORMAT_UNSUPPORTED',
        `the archive uses the key derivation ${JSON.stringify(params.kdf.slice(0, 40))}, this ptar knows ARGON2ID, SCRYPT, PBKDF2: use a newer ptar`,
        { section: 'Keys and sealing' },
      );
  }
}

function present<T>(params: T | undefined): T {
  return params ?? missing('the parameters of the key derivation are missing');
}

function missing(problem: string): never {
  throw new FormatError('FORMAT_ENCODING', `configuration: ${problem}`, { section: 'Keys and sealing' });
}

function within(what: string, value: number, min: number, max: number): void {
  if (value >= min && value <= max) return;
  throw new KeyError(
    'KEY_COST',
    `the archive asks for ${value} ${what}, allowed are ${min} to ${max}: it is damaged or hostile`,
  );
}

/** The hasher-independent facts of {@link archiveKeys} from a decoded configuration. */
export function keysOf(
  primitives: Primitives,
  configuration: Configuration,
  key: Uint8Array | undefined,
): ArchiveKeys {
  return archiveKeys(primitives, hashingOf(configuration), configuration.repositoryId, key);
}
