import assert from 'node:assert/strict';
import {
  decodeSigningKey,
  encodeSigningKey,
  formatPublicKey,
  openSigningKey,
  parsePublicKey,
} from '../../src/format/index.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { withCode } from './expected-error.ts';

const seed = Uint8Array.from({ length: 32 }, (_, index) => index);
/** RFC 8032 has no such seed; node:crypto and noble agree on it. */
const publicKey = 'ed25519:03a107bff3ce10be1d70dd18e74bc09967e4d6309ba50d5f1ddc8664125531b8';
const plain = `ptar signing key v1\npublic: ${publicKey}\nseed: ${Buffer.from(seed).toString('hex')}\n`;
const nothing = (): Promise<undefined> => Promise.resolve(undefined);

describe('the text of a signing key', () => {
  it('is what the specification shows', async () => {
    assert.equal(await encodeSigningKey(nodePrimitives, seed), plain);
    assert.deepEqual(await openSigningKey(nodePrimitives, decodeSigningKey(plain), nothing), seed);
  });

  it('may have comments, empty lines and line ends of Windows', () => {
    assert.deepEqual(
      decodeSigningKey(`# mine\r\n\r\n${plain.replaceAll('\n', '\r\n')}# end`),
      decodeSigningKey(plain),
    );
  });

  it('opens under its passphrase only', async () => {
    const text = await encodeSigningKey(nodePrimitives, seed, Buffer.from('a'));
    const key = decodeSigningKey(text);
    assert.deepEqual(
      await openSigningKey(nodePrimitives, key, () => Promise.resolve(Buffer.from('a'))),
      seed,
    );
    const wrong = openSigningKey(nodePrimitives, key, () => Promise.resolve(Buffer.from('b')));
    await assert.rejects(wrong, withCode('KEY_WRONG'));
    await assert.rejects(openSigningKey(nodePrimitives, key, nothing), withCode('KEY_MISSING'));
  });

  it('is refused where the seed is not the public key’s', async () => {
    const other = decodeSigningKey(plain.replace('seed: 00', 'seed: 01'));
    await assert.rejects(openSigningKey(nodePrimitives, other, nothing), withCode('INTEGRITY_SIGNATURE'));
  });

  const scrypt = (logN: string): string =>
    `ptar signing key v1\npublic: ${publicKey}\nscrypt: ${'00'.repeat(16)} ${logN}\nsealed: ${'00'.repeat(100)}\n`;
  const REFUSED: Readonly<Record<string, readonly [string, Parameters<typeof withCode>[0]]>> = {
    'empty text': ['', 'FORMAT_FOREIGN'],
    'another file': ['-----BEGIN OPENSSH PRIVATE KEY-----', 'FORMAT_FOREIGN'],
    'a later version': [plain.replace('v1', 'v2'), 'FORMAT_VERSION'],
    'no public key': [plain.replace(/public.*\n/, ''), 'FORMAT_ENCODING'],
    'a short seed': [plain.replace('seed: 00', 'seed: '), 'FORMAT_ENCODING'],
    'a seed twice': [`${plain}seed: ${'00'.repeat(32)}\n`, 'FORMAT_ENCODING'],
    'an unknown line': [`${plain}note: hello\n`, 'FORMAT_ENCODING'],
    'a line that is none': [`${plain}hello\n`, 'FORMAT_ENCODING'],
    'neither seed nor sealed': [plain.replace(/seed.*\n/, ''), 'FORMAT_ENCODING'],
    'a sealed seed of another length': [scrypt('17').replace(/00\n$/, '\n'), 'FORMAT_ENCODING'],
    'too costly a derivation': [scrypt('30'), 'KEY_COST'],
    'no cost at all': [scrypt('0'), 'KEY_COST'],
    'endless text': [`${plain}#${'x'.repeat(100_000)}`, 'FORMAT_FOREIGN'],
  };
  for (const [what, [text, code]] of Object.entries(REFUSED)) {
    it(`is refused: ${what}`, () => {
      assert.throws(() => decodeSigningKey(text), withCode(code));
    });
  }

  it('names a public key on one line', () => {
    assert.equal(formatPublicKey(parsePublicKey(publicKey)!), publicKey);
    for (const text of [
      '',
      'ed25519:',
      publicKey.slice(0, -1),
      `${publicKey}0`,
      `${publicKey}00`,
      publicKey.toUpperCase(),
      publicKey.replace('0', 'g'),
    ]) {
      assert.equal(parsePublicKey(text), undefined, text);
    }
  });
});
