/**
 * The AES-256-GCM-SIV and key wrap kernels against RFC 8452, RFC 3394, Wycheproof and noble: all in the kernels, and with the AES of
 * node:crypto.
 */
import assert from 'node:assert/strict';
import { createCipheriv } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { aeskw, gcmsiv } from '@noble/ciphers/aes.js';
import fc from 'fast-check';
import { aes256GcmSiv } from '../../src/kernels/index.ts';
import { kernelInstance } from '../../src/kernels/instance.ts';
import { generatedBytes } from '../format/generated-bytes.ts';

interface SealVector {
  readonly name: string;
  readonly key: string;
  readonly nonce: string;
  readonly text: string;
  readonly sealed: string;
  readonly valid: boolean;
}
interface WrapVector {
  readonly name: string;
  readonly wrappingKey: string;
  readonly key: string;
  readonly wrapped: string;
  readonly valid: boolean;
}

function readCases(name: string): readonly unknown[] {
  const text = readFileSync(new URL(`vectors/${name}.json`, import.meta.url), 'utf8');
  return (JSON.parse(text) as { readonly cases: readonly unknown[] }).cases;
}

function bytesOf(hex: string): Uint8Array {
  return new Uint8Array(Buffer.from(hex, 'hex'));
}

function hex(bytes: Uint8Array): string {
  return Buffer.from(bytes).toString('hex');
}

/** One way to seal and open a message. */
interface Variant {
  readonly name: string;
  readonly seal: (key: Uint8Array, nonce: Uint8Array, text: Uint8Array) => Uint8Array;
  /** undefined when the tag is wrong */
  readonly open: (key: Uint8Array, nonce: Uint8Array, sealed: Uint8Array) => Uint8Array | undefined;
}

function ecb(key: Uint8Array): aes256GcmSiv.BlockCipher {
  const cipher = createCipheriv('aes-256-ecb', key, null).setAutoPadding(false);
  return (blocks) => {
    blocks.set(cipher.update(blocks));
  };
}

function messageKeys(key: Uint8Array, nonce: Uint8Array): aes256GcmSiv.MessageKeys {
  const [keys] = aes256GcmSiv.deriveMessageKeys(ecb(key), [nonce]);
  assert.ok(keys);
  return keys;
}

const variants: readonly Variant[] = [
  {
    name: 'all in the kernels',
    seal: (key, nonce, text) => {
      const sealed = new Uint8Array(text.length + aes256GcmSiv.TAG_LENGTH);
      aes256GcmSiv.useKey(key);
      aes256GcmSiv.seal(nonce, text, sealed, 0);
      return sealed;
    },
    open: (key, nonce, sealed) => {
      const text = new Uint8Array(sealed.length - aes256GcmSiv.TAG_LENGTH);
      aes256GcmSiv.useKey(key);
      return aes256GcmSiv.open(nonce, sealed, text, 0) ? text : undefined;
    },
  },
  {
    name: 'with the AES of node:crypto',
    seal: (key, nonce, text) => {
      const sealed = new Uint8Array(text.length + aes256GcmSiv.TAG_LENGTH);
      const { authentication, encryption } = messageKeys(key, nonce);
      aes256GcmSiv.sealWith(ecb(encryption), authentication, nonce, text, sealed, 0);
      return sealed;
    },
    open: (key, nonce, sealed) => {
      const text = new Uint8Array(sealed.length - aes256GcmSiv.TAG_LENGTH);
      const { authentication, encryption } = messageKeys(key, nonce);
      return aes256GcmSiv.openWith(ecb(encryption), authentication, nonce, sealed, text, 0)
        ? text
        : undefined;
    },
  },
];

const vectors = readCases('aes-256-gcm-siv') as readonly SealVector[];

for (const variant of variants) {
  describe(`AES-256-GCM-SIV kernel, ${variant.name}`, () => {
    for (const { name, key, nonce, text, sealed, valid } of vectors) {
      it(name, () => {
        const opened = variant.open(bytesOf(key), bytesOf(nonce), bytesOf(sealed));
        assert.equal(opened === undefined ? undefined : hex(opened), valid ? text : undefined);
        if (valid) assert.equal(hex(variant.seal(bytesOf(key), bytesOf(nonce), bytesOf(text))), sealed);
      });
    }

    it('equals noble for arbitrary keys, nonces and texts', () => {
      const fixed = (length: number): fc.Arbitrary<Uint8Array> =>
        fc.uint8Array({ minLength: length, maxLength: length });
      fc.assert(
        fc.property(
          fixed(32),
          fixed(12),
          fc.uint8Array({ maxLength: 2500, size: 'max' }),
          (key, nonce, text) => {
            const expected = gcmsiv(key, nonce).encrypt(text);
            assert.equal(hex(variant.seal(key, nonce, text)), hex(expected));
            assert.deepEqual(variant.open(key, nonce, expected), text);
          },
        ),
        { numRuns: 150 },
      );
    });

    it('equals noble for every length up to 2100', () => {
      const key = generatedBytes('noise', 11, 32);
      const nonce = generatedBytes('noise', 12, 12);
      const text = generatedBytes('noise', 13, 2100);
      for (let length = 0; length <= text.length; length++) {
        const part = text.subarray(0, length);
        const sealed = gcmsiv(key, nonce).encrypt(part);
        assert.equal(Buffer.compare(variant.seal(key, nonce, part), sealed), 0, `${length} bytes`);
        assert.deepEqual(variant.open(key, nonce, sealed), part, `${length} bytes`);
      }
    }).timeout(20_000);

    it('equals noble for the longest text', () => {
      const key = generatedBytes('noise', 1, 32);
      const nonce = generatedBytes('noise', 2, 12);
      const text = generatedBytes('noise', 3, aes256GcmSiv.TEXT_LENGTH_MAX);
      const sealed = variant.seal(key, nonce, text);
      assert.equal(Buffer.compare(sealed, gcmsiv(key, nonce).encrypt(text)), 0);
      assert.deepEqual(variant.open(key, nonce, sealed), text);
    });

    it('opens nothing that was changed in one bit', () => {
      const key = generatedBytes('noise', 4, 32);
      const nonce = generatedBytes('noise', 5, 12);
      const sealed = variant.seal(key, nonce, generatedBytes('text', 6, 70));
      for (let bit = 0; bit < sealed.length * 8; bit++) {
        const changed = sealed.slice();
        changed[bit >> 3] = (changed[bit >> 3] ?? 0) ^ (1 << (bit & 7));
        assert.equal(variant.open(key, nonce, changed), undefined, `bit ${bit}`);
      }
      assert.equal(variant.open(key, nonce, sealed.subarray(0, -1)), undefined);
    });

    it('refuses lengths that are none', () => {
      const key = generatedBytes('noise', 7, 32);
      const nonce = generatedBytes('noise', 8, 12);
      assert.throws(() => variant.seal(key.subarray(1), nonce, new Uint8Array(1)), RangeError);
      assert.throws(() => variant.seal(key, nonce.subarray(1), new Uint8Array(1)), RangeError);
      assert.throws(
        () => variant.seal(key, nonce, new Uint8Array(aes256GcmSiv.TEXT_LENGTH_MAX + 1)),
        RangeError,
      );
    });
  });
}

const wrapVectors = readCases('aes-256-key-wrap') as readonly WrapVector[];

describe('AES-256 key wrap kernel', () => {
  for (const { name, wrappingKey, key, wrapped, valid } of wrapVectors) {
    it(name, () => {
      const unwrapped = aes256GcmSiv.unwrapKey(bytesOf(wrappingKey), bytesOf(wrapped));
      assert.equal(unwrapped === undefined ? undefined : hex(unwrapped), valid ? key : undefined);
      if (valid) assert.equal(hex(aes256GcmSiv.wrapKey(bytesOf(wrappingKey), bytesOf(key))), wrapped);
    });
  }

  it('equals noble for arbitrary keys', () => {
    const key32 = fc.uint8Array({ minLength: 32, maxLength: 32 });
    fc.assert(
      fc.property(key32, key32, (wrappingKey, key) => {
        const wrapped = aes256GcmSiv.wrapKey(wrappingKey, key);
        assert.equal(hex(wrapped), hex(aeskw(wrappingKey).encrypt(key)));
        assert.deepEqual(aes256GcmSiv.unwrapKey(wrappingKey, wrapped), key);
      }),
    );
  });
});

describe('secrets of the kernels', () => {
  it('are gone after wiping', () => {
    const key = generatedBytes('noise', 9, 32);
    aes256GcmSiv.useKey(key);
    aes256GcmSiv.seal(generatedBytes('noise', 10, 12), new Uint8Array(100), new Uint8Array(116), 0);
    const { KEY, INPUT } = kernelInstance().places;
    const secrets = (): boolean => hex(kernelInstance().read(KEY, INPUT - KEY)).includes(hex(key));
    assert.equal(secrets(), true);
    aes256GcmSiv.wipeSecrets();
    assert.equal(secrets(), false);
  });
});
