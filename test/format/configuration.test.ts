/** The configuration and what it may ask for: known algorithms only, and no key derivation above the limits. */
import assert from 'node:assert/strict';
import {
  compressionConfiguration,
  compressionOf,
  type Configuration,
  decodeConfiguration,
  DEFAULT_CHUNKING,
  encodeConfiguration,
  formatUuid,
  hashingOf,
  type KdfParams,
  PTAR_PACKFILE,
} from '../../src/format/configuration.ts';
import { checkCanary, createEncryption, kdfCost, unlock } from '../../src/format/keys.ts';
import * as limits from '../../src/format/limits.ts';
import { toHex } from '../../src/format/bytes.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from './expected-error.ts';

const plaintext: Configuration = {
  timestamp: { seconds: 1_795_269_858n, nanoseconds: 63_080_765 },
  repositoryId: Uint8Array.from({ length: 16 }, (_, index) => index * 17),
  packfile: PTAR_PACKFILE,
  chunking: DEFAULT_CHUNKING,
  hashing: { algorithm: 'BLAKE3', bits: 256 },
  compression: compressionConfiguration('LZ4'),
  encryption: undefined,
};
const passphrase = Buffer.from('correct horse');
const none = { argon2id: undefined, scrypt: undefined, pbkdf2: undefined };
const salt = new Uint8Array(16);

const argon2id = (changed: object = {}): KdfParams => ({
  ...none,
  kdf: 'ARGON2ID',
  salt,
  argon2id: { saltSize: 16, time: 4, memory: 262_144, threads: 1, keyLength: 32, ...changed },
});
const scrypt = (changed: object = {}): KdfParams => ({
  ...none,
  kdf: 'SCRYPT',
  salt,
  scrypt: { saltSize: 16, n: 32_768, r: 8, p: 1, keyLength: 32, ...changed },
});
const pbkdf2 = (changed: object = {}): KdfParams => ({
  ...none,
  kdf: 'PBKDF2',
  salt,
  pbkdf2: { saltSize: 16, iterations: 1, keyLength: 32, hashing: 'SHA256', ...changed },
});

describe('configuration', () => {
  it('gives back every form', async () => {
    const { encryption: made } = await createEncryption(nodePrimitives, 'PBKDF2', passphrase);
    const encryption = { ...made, kdfParams: pbkdf2() };
    const forms: Configuration[] = [
      plaintext,
      { ...plaintext, compression: undefined },
      { ...plaintext, compression: compressionConfiguration('GZIP') },
      { ...plaintext, hashing: { algorithm: 'SHA256', bits: 256 } },
      { ...plaintext, encryption },
      { ...plaintext, encryption: { ...encryption, kdfParams: argon2id() } },
      { ...plaintext, encryption: { ...encryption, kdfParams: scrypt() } },
    ];
    for (const form of forms) {
      const bytes = encodeConfiguration(form);
      const decoded = decodeConfiguration(bytes);
      assert.deepEqual(decoded, form);
      assert.equal(toHex(encodeConfiguration(decoded)), toHex(bytes));
    }
    assert.equal(hashingOf(plaintext), 'BLAKE3');
    assert.equal(compressionOf(plaintext), 'LZ4');
    assert.equal(compressionOf({ ...plaintext, compression: undefined }), undefined);
  });

  it('refuses algorithms that it does not know, whatever they are called', async () => {
    const { encryption } = await createEncryption(nodePrimitives, 'PBKDF2', passphrase);
    const unknown: Configuration[] = [
      { ...plaintext, hashing: { algorithm: 'MD5', bits: 256 } },
      { ...plaintext, hashing: { algorithm: 'blake3', bits: 256 } },
      { ...plaintext, hashing: { algorithm: 'BLAKE3', bits: 512 } },
      { ...plaintext, compression: { ...compressionConfiguration('LZ4'), algorithm: 'ZSTD' } },
      { ...plaintext, compression: { ...compressionConfiguration('LZ4'), algorithm: '\n'.repeat(1000) } },
      { ...plaintext, encryption: { ...encryption, subkeyAlgorithm: 'AES128-KW' } },
      { ...plaintext, encryption: { ...encryption, dataAlgorithm: '' } },
      { ...plaintext, encryption: { ...encryption, segmentSize: 65_537 } },
    ];
    for (const configuration of unknown) {
      assert.throws(
        () => decodeConfiguration(encodeConfiguration(configuration)),
        withCode('FORMAT_UNSUPPORTED'),
      );
    }
  });

  it('prints a RepositoryID as UUID', () => {
    assert.equal(formatUuid(plaintext.repositoryId), '00112233-4455-6677-8899-aabbccddeeff');
  });
});

describe('keys', () => {
  it('takes parameters up to their limits', () => {
    const allowed = [
      argon2id({ memory: limits.ARGON2ID_MEMORY_KIB_MAX }),
      argon2id({ time: limits.ARGON2ID_ITERATIONS_MAX }),
      argon2id({ threads: limits.ARGON2ID_PARALLELISM_MAX }),
      argon2id({ time: 1, memory: 8, threads: 1 }),
      scrypt({ n: limits.SCRYPT_MEMORY_MAX / 128 / 8, r: 8 }),
      scrypt({ n: 2, r: 1, p: 1 }),
      pbkdf2({ iterations: limits.PBKDF2_ITERATIONS_MAX }),
      pbkdf2({ hashing: 'BLAKE3' }),
      { ...pbkdf2(), salt: new Uint8Array(limits.SALT_LENGTH_MAX) },
    ];
    for (const params of allowed) assert.equal(kdfCost(params).kdf, params.kdf);
  });

  it('refuses parameters beyond, before any work', () => {
    const refused = [
      argon2id({ memory: limits.ARGON2ID_MEMORY_KIB_MAX + 1 }),
      argon2id({ memory: 4_294_967_295 }),
      argon2id({ time: limits.ARGON2ID_ITERATIONS_MAX + 1 }),
      argon2id({ time: 0 }),
      argon2id({ threads: 0 }),
      argon2id({ threads: 4, memory: 31 }),
      argon2id({ keyLength: 31 }),
      argon2id({ keyLength: 4_294_967_295 }),
      { ...argon2id(), salt: new Uint8Array(7) },
      { ...argon2id(), salt: null },
      scrypt({ n: limits.SCRYPT_MEMORY_MAX / 128 / 8, p: 2 }),
      scrypt({ n: 2 ** 31, r: 1 }),
      scrypt({ r: 0 }),
      scrypt({ p: -1 }),
      scrypt({ n: 1 }),
      scrypt({ keyLength: 64 }),
      pbkdf2({ iterations: limits.PBKDF2_ITERATIONS_MAX + 1 }),
      pbkdf2({ iterations: 0 }),
      pbkdf2({ keyLength: 16 }),
      { ...pbkdf2(), salt: new Uint8Array(limits.SALT_LENGTH_MAX + 1) },
    ];
    for (const params of refused) {
      assert.throws(() => kdfCost(params), withCode('KEY_COST'), JSON.stringify(params));
    }
  });

  it('refuses parameters that are missing or make no sense', () => {
    const senseless = [
      { ...argon2id(), argon2id: undefined },
      { ...scrypt(), scrypt: undefined },
      { ...pbkdf2(), pbkdf2: undefined },
      scrypt({ n: 32_767 }),
      pbkdf2({ hashing: 'MD5' }),
    ];
    for (const params of senseless) assert.throws(() => kdfCost(params), withCode('FORMAT_ENCODING'));
    assert.throws(() => kdfCost({ ...argon2id(), kdf: 'BCRYPT' }), withCode('FORMAT_UNSUPPORTED'));
  });

  it('opens a canary under the right passphrase only', async () => {
    for (const kdf of ['PBKDF2', 'SCRYPT'] as const) {
      const { encryption, key } = await createEncryption(nodePrimitives, kdf, passphrase);
      assert.equal(toHex(await unlock(nodePrimitives, encryption, passphrase)), toHex(key));
      await assert.rejects(
        unlock(nodePrimitives, encryption, Buffer.from('incorrect horse')),
        withCode('KEY_WRONG'),
      );
      for (const canary of [null, new Uint8Array(), encryption.canary?.subarray(1) ?? null]) {
        assert.throws(
          () => checkCanary(nodePrimitives, { ...encryption, canary }, key),
          withCode('KEY_WRONG'),
        );
      }
    }
  });
});
