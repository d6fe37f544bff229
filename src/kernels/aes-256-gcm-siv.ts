/**
 * AES-256-GCM-SIV (RFC 8452) without additional data, and AES-256 key wrap of 256-bit keys (RFC 3394), on the kernels, in constant time.
 *
 * The kernels hold one key at a time: between a `use…Key` and `wipeSecrets` nothing else may use it. A caller does both in one
 * synchronous function.
 */
import { kernelInstance } from './instance.ts';

/** Bytes of the longest text. */
export const TEXT_LENGTH_MAX = 64 * 1024;
export const NONCE_LENGTH = 12;
export const TAG_LENGTH = 16;

const KEY_LENGTH = 32;
/** Bytes of a wrapped key. */
const WRAPPED_KEY_LENGTH = KEY_LENGTH + 8;

function checkLength(what: string, actual: number, expected: number): void {
  if (actual !== expected) throw new RangeError(`${what} has ${expected} bytes, not ${actual}`);
}

function checkText(length: number): void {
  if (length > TEXT_LENGTH_MAX) throw new RangeError(`a text of ${length} bytes is above ${TEXT_LENGTH_MAX}`);
}

/** Takes the 32-byte key-generating key for the following `seal` and `open`. */
export function useKey(key: Uint8Array): void {
  checkLength('an AES-256 key', key.length, KEY_LENGTH);
  const kernel = kernelInstance();
  kernel.write(kernel.places.KEY, key);
}

/** Writes ciphertext and tag of `text` under the key in use and the 12-byte `nonce` to `target[at…]`. */
export function seal(nonce: Uint8Array, text: Uint8Array, target: Uint8Array, at: number): void {
  checkLength('a nonce', nonce.length, NONCE_LENGTH);
  checkText(text.length);
  const kernel = kernelInstance();
  const { functions, places } = kernel;
  kernel.write(places.NONCE, nonce);
  kernel.write(places.TEXT, text);
  functions.gcmSivSeal(text.length);
  kernel.readInto(target, at, places.TEXT, text.length + TAG_LENGTH);
}

/**
 * Writes the text of `sealed` (ciphertext and tag) under the key in use and the 12-byte `nonce` to `target[at…]`.
 * @returns false, with `target` untouched, when the tag is wrong
 */
export function open(nonce: Uint8Array, sealed: Uint8Array, target: Uint8Array, at: number): boolean {
  checkLength('a nonce', nonce.length, NONCE_LENGTH);
  const length = sealed.length - TAG_LENGTH;
  if (length < 0) return false;
  checkText(length);
  const kernel = kernelInstance();
  const { functions, places } = kernel;
  kernel.write(places.NONCE, nonce);
  kernel.write(places.TEXT, sealed);
  if (functions.gcmSivOpen(length) === 0) return false;
  kernel.readInto(target, at, places.TEXT, length);
  return true;
}

/** Encrypts, or decrypts, 16-byte blocks in place, each by itself, under a key that it knows: AES-256-ECB of the platform. */
export type BlockCipher = (blocks: Uint8Array) => void;

/** Keys of one nonce (RFC 8452 §4). */
export interface MessageKeys {
  readonly nonce: Uint8Array;
  /** 16 bytes. */
  readonly authentication: Uint8Array;
  /** 32 bytes. */
  readonly encryption: Uint8Array;
}

const DERIVATION_BLOCKS = 6;

/** The keys of each of `nonces`, where `cipher` encrypts under the key-generating key: called once for all of them. */
export function deriveMessageKeys(cipher: BlockCipher, nonces: readonly Uint8Array[]): MessageKeys[] {
  const blocks = new Uint8Array(nonces.length * DERIVATION_BLOCKS * 16);
  nonces.forEach((nonce, index) => {
    checkLength('a nonce', nonce.length, NONCE_LENGTH);
    for (let counter = 0; counter < DERIVATION_BLOCKS; counter++) {
      const at = (index * DERIVATION_BLOCKS + counter) * 16;
      blocks[at] = counter;
      blocks.set(nonce, at + 4);
    }
  });
  cipher(blocks);
  return nonces.map((nonce, index) => {
    const keys = new Uint8Array(DERIVATION_BLOCKS * 8);
    for (let counter = 0; counter < DERIVATION_BLOCKS; counter++) {
      const at = (index * DERIVATION_BLOCKS + counter) * 16;
      keys.set(blocks.subarray(at, at + 8), counter * 8);
    }
    return { nonce, authentication: keys.subarray(0, 16), encryption: keys.subarray(16) };
  });
}

/** {@link seal} with the platform's AES: `cipher` encrypts under the message-encryption key, `authentication` is the other one. */
export function sealWith(
  cipher: BlockCipher,
  authentication: Uint8Array,
  nonce: Uint8Array,
  text: Uint8Array,
  target: Uint8Array,
  at: number,
): void {
  checkText(text.length);
  const kernel = kernelInstance();
  const { functions, places } = kernel;
  kernel.write(places.TEXT, text);
  const tag = hash(authentication, nonce, text.length);
  cipher(tag);
  addKeystream(cipher, tag, text.length);
  kernel.readInto(target, at, places.TEXT, text.length);
  target.set(tag, at + text.length);
  functions.wipeSecrets();
}

/** {@link open} with the platform's AES, as {@link sealWith}. */
export function openWith(
  cipher: BlockCipher,
  authentication: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
  target: Uint8Array,
  at: number,
): boolean {
  const length = sealed.length - TAG_LENGTH;
  if (length < 0) return false;
  checkText(length);
  const kernel = kernelInstance();
  const { functions, places } = kernel;
  const tag = sealed.subarray(length);
  kernel.write(places.TEXT, sealed.subarray(0, length));
  addKeystream(cipher, tag, length);
  const expected = hash(authentication, nonce, length);
  cipher(expected);
  functions.wipeSecrets();
  let difference = 0;
  for (let index = 0; index < TAG_LENGTH; index++) difference |= (expected[index] ?? 0) ^ (tag[index] ?? 0);
  if (difference !== 0) return false;
  kernel.readInto(target, at, places.TEXT, length);
  return true;
}

/** What encrypts to the tag of the `length` bytes at TEXT. */
function hash(authentication: Uint8Array, nonce: Uint8Array, length: number): Uint8Array {
  checkLength('a message-authentication key', authentication.length, 16);
  checkLength('a nonce', nonce.length, NONCE_LENGTH);
  const kernel = kernelInstance();
  const { functions, places } = kernel;
  kernel.write(places.DERIVED_KEYS, authentication);
  kernel.write(places.NONCE, nonce);
  functions.gcmSivHash(length);
  return kernel.read(places.TAG, TAG_LENGTH);
}

/** Encrypts or decrypts the `length` bytes at TEXT. */
function addKeystream(cipher: BlockCipher, tag: Uint8Array, length: number): void {
  if (length === 0) return;
  const kernel = kernelInstance();
  const { functions, places } = kernel;
  kernel.write(places.TAG, tag);
  functions.gcmSivCounters(length);
  cipher(kernel.view(places.KEYSTREAM, 16 * Math.ceil(length / 16)));
  functions.gcmSivXor(length);
}

/** Wraps the 32-byte `key` under the 32-byte `wrappingKey`: 40 bytes. Wipes the kernels' secrets. */
export function wrapKey(wrappingKey: Uint8Array, key: Uint8Array): Uint8Array {
  checkLength('a wrapped key', key.length, KEY_LENGTH);
  const kernel = useWrappingKey(wrappingKey);
  kernel.write(kernel.places.RESULT + 8, key);
  kernel.functions.keyWrap();
  const wrapped = kernel.read(kernel.places.RESULT, WRAPPED_KEY_LENGTH);
  kernel.functions.wipeSecrets();
  return wrapped;
}

/** Inverse of {@link wrapKey}; undefined when the integrity check fails. Wipes the kernels' secrets. */
export function unwrapKey(wrappingKey: Uint8Array, wrapped: Uint8Array): Uint8Array | undefined {
  checkLength('a wrapped key', wrapped.length, WRAPPED_KEY_LENGTH);
  const kernel = useWrappingKey(wrappingKey);
  kernel.write(kernel.places.RESULT, wrapped);
  const intact = kernel.functions.keyUnwrap() !== 0;
  const key = intact ? kernel.read(kernel.places.RESULT + 8, KEY_LENGTH) : undefined;
  kernel.functions.wipeSecrets();
  return key;
}

function useWrappingKey(key: Uint8Array): ReturnType<typeof kernelInstance> {
  checkLength('an AES-256 key', key.length, KEY_LENGTH);
  const kernel = kernelInstance();
  kernel.write(kernel.places.KEY, key);
  kernel.functions.keyWrapUseKey();
  return kernel;
}

/** Wipes every key that the kernels hold, and what was derived from it. */
export function wipeSecrets(): void {
  kernelInstance().functions.wipeSecrets();
}
