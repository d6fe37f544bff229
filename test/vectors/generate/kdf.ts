/** Area `kdf`: parameters that would take all memory or time, or make no sense; and the least that is allowed. */
import { type Configuration, type KdfParams } from '../../../src/format/configuration.ts';
import { nodePrimitives } from '../../../src/platform/node/primitives.ts';
import { kdfCost } from '../../../src/format/keys.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, sample } from './area.ts';
import { cheapKdf, Forge, PASSPHRASE } from './forge.ts';
import { PlannedTree, snapshotLine } from './planned-tree.ts';

const cost = fails('KEY_COST', 'Keys and sealing', 'open');
const senseless = fails('FORMAT_ENCODING', 'Keys and sealing', 'open');
const salt = Uint8Array.from({ length: 16 }, (_, index) => index);
const none = { salt, argon2id: undefined, scrypt: undefined, pbkdf2: undefined };

const argon2id = (changed: object): KdfParams => ({
  ...none,
  kdf: 'ARGON2ID',
  argon2id: { saltSize: 16, time: 1, memory: 64, threads: 1, keyLength: 32, ...changed },
});
const scrypt = (changed: object): KdfParams => ({
  ...none,
  kdf: 'SCRYPT',
  scrypt: { saltSize: 16, n: 2, r: 1, p: 1, keyLength: 32, ...changed },
});
const pbkdf2 = (changed: object): KdfParams => ({
  ...none,
  kdf: 'PBKDF2',
  pbkdf2: { saltSize: 16, iterations: 1, keyLength: 32, hashing: 'SHA256', ...changed },
});

const REFUSED: readonly (readonly [
  name: string,
  comment: string,
  params: KdfParams,
  expect?: Expectation,
])[] = [
  ['argon2id_memory', 'Argon2id with a KiB more than 1 GiB.', argon2id({ memory: 1_048_577 })],
  ['argon2id_memory_most', 'Argon2id with 4 TiB.', argon2id({ memory: 0xffff_ffff })],
  ['argon2id_memory_least', 'Argon2id with less than 8 KiB a lane.', argon2id({ memory: 31, threads: 4 })],
  ['argon2id_passes', 'Argon2id with 65 passes.', argon2id({ time: 65 })],
  ['argon2id_passes_most', 'Argon2id with 2^32 − 1 passes.', argon2id({ time: 0xffff_ffff })],
  ['argon2id_passes_zero', 'Argon2id without a pass.', argon2id({ time: 0 })],
  ['argon2id_lanes_zero', 'Argon2id without a lane.', argon2id({ threads: 0 })],
  ['argon2id_lanes_most', 'Argon2id with 255 lanes.', argon2id({ threads: 255, memory: 8192 })],
  ['argon2id_salt_short', 'Argon2id with 7 bytes of salt.', { ...argon2id({}), salt: salt.subarray(0, 7) }],
  [
    'argon2id_missing',
    'ARGON2ID without its parameters.',
    { ...argon2id({}), argon2id: undefined },
    senseless,
  ],
  ['scrypt_memory', 'scrypt with 2 GiB.', scrypt({ n: 2 ** 21, r: 8 })],
  ['scrypt_p', 'scrypt whose p multiplies memory beyond the limit.', scrypt({ n: 2 ** 20, r: 8, p: 2 })],
  ['scrypt_n_most', 'scrypt with N = 2^62.', scrypt({ n: 2 ** 52 })],
  ['scrypt_n_one', 'scrypt with N = 1.', scrypt({ n: 1 })],
  ['scrypt_r_1025', 'scrypt with r = 1025.', scrypt({ r: 1025 })],
  ['scrypt_p_1025', 'scrypt with p = 1025.', scrypt({ p: 1025 })],
  ['scrypt_n_negative', 'scrypt with N = −2.', scrypt({ n: -2 })],
  ['scrypt_n_odd', 'scrypt with N = 32 767, no power of two.', scrypt({ n: 32_767 }), senseless],
  ['scrypt_r_zero', 'scrypt with r = 0.', scrypt({ r: 0 })],
  ['scrypt_missing', 'SCRYPT with the parameters of PBKDF2.', { ...pbkdf2({}), kdf: 'SCRYPT' }, senseless],
  ['pbkdf2_iterations', 'PBKDF2 with one iteration more than the limit.', pbkdf2({ iterations: 10_000_001 })],
  ['pbkdf2_iterations_zero', 'PBKDF2 without iterations.', pbkdf2({ iterations: 0 })],
  ['pbkdf2_iterations_negative', 'PBKDF2 with −1 iterations.', pbkdf2({ iterations: -1 })],
  ['pbkdf2_missing', 'PBKDF2 without its parameters.', { ...pbkdf2({}), pbkdf2: undefined }, senseless],
  ['key_short', 'A key of 16 bytes.', pbkdf2({ keyLength: 16 })],
  ['key_long', 'A key of 2^31 bytes.', pbkdf2({ keyLength: 2 ** 31 })],
  ['salt_none', 'No salt.', { ...pbkdf2({}), salt: null }],
  ['salt_long', 'A salt of 1025 bytes.', { ...pbkdf2({}), salt: new Uint8Array(1025) }],
];

async function* refused(): AsyncGenerator<Case> {
  const { forge } = await sample({ encrypted: true });
  for (const [name, comment, kdfParams, expect = cost] of REFUSED) {
    const configuration = (c: Configuration): Configuration => ({
      ...c,
      encryption: c.encryption && { ...c.encryption, kdfParams },
    });
    yield { name, comment, expect, passphrase: PASSPHRASE, archive: forge.archive({ configuration }) };
  }
}

async function* least(): AsyncGenerator<Case> {
  const cases = [
    ['argon2id_least', 'Argon2id with one pass, one lane, 8 KiB.', argon2id({ memory: 8 })],
    ['argon2id_lanes', 'Argon2id with four lanes.', argon2id({ threads: 4 })],
    ['scrypt_least', 'scrypt with N = 2, r = 1, p = 1.', scrypt({})],
    ['pbkdf2_blake3', 'PBKDF2 over HMAC-BLAKE3.', pbkdf2({ hashing: 'BLAKE3' })],
    [
      'salt_size_ignored',
      'SaltSize says 7, the salt has 16 bytes, all of which count.',
      pbkdf2({ saltSize: 7 }),
    ],
    ['salt_longest', 'A salt of 1024 bytes.', { ...cheapKdf(new Uint8Array(1024).fill(1)) }],
  ] as const;
  for (const [name, comment, kdfParams] of cases) {
    const key = await nodePrimitives.deriveKey(kdfCost(kdfParams), Buffer.from(PASSPHRASE));
    const forge = new Forge({ encrypted: true, opened: { kdfParams, key } });
    const tree = new PlannedTree(forge).file('/a', name);
    const id = await tree.snapshot();
    yield {
      name,
      comment,
      expect: { tree: [snapshotLine(id), ...tree.lines()] },
      passphrase: PASSPHRASE,
      archive: forge.archive(),
    };
  }
}

/** All vectors of the area. */
export async function kdf(): Promise<Vector[]> {
  async function* all(): AsyncGenerator<Case> {
    yield* refused();
    yield* least();
  }
  return area('kdf', all());
}
