/**
 * BLAKE3 hash and keyed hash (specification §2) on the kernels. The kernels compute chaining values of subtrees of 64 KiB; joining those is
 * done here, so that any number of hashes may be under way in one thread.
 */
import { kernelInstance } from './instance.ts';

/** Bytes of input below one subtree. */
const SUBTREE_LENGTH = 64 * 1024;
const CHUNKS_OF_SUBTREE = 64;
/** Bytes of a chaining value, a key and a hash. */
const VALUE_LENGTH = 32;

const KEYED_HASH = 16;
/** The initial value of the plain hash: that of SHA-256, as little-endian words (§2.2, table 1). */
const INITIAL_VALUE = Uint8Array.from(
  [0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19].flatMap(
    (word) => [word & 0xff, (word >>> 8) & 0xff, (word >>> 16) & 0xff, word >>> 24],
  ),
);

/** BLAKE3 under one key, or plain without a key. */
export class Blake3 {
  readonly #key: Uint8Array;
  readonly #flags: number;

  /** @param key 32 bytes; the copy that is kept lives as long as this object. @throws RangeError on another length */
  constructor(key?: Uint8Array) {
    if (key !== undefined && key.length !== VALUE_LENGTH) throw new RangeError('a BLAKE3 key has 32 bytes');
    this.#key = key?.slice() ?? INITIAL_VALUE;
    this.#flags = key === undefined ? 0 : KEYED_HASH;
  }

  /** The 32-byte hash of `bytes`. */
  hash(bytes: Uint8Array): Uint8Array {
    if (bytes.length > SUBTREE_LENGTH) {
      const hasher = this.begin();
      hasher.update(bytes);
      return hasher.digest();
    }
    return subtree(this.#key, this.#flags, bytes, 0, true);
  }

  /** Starts the hash of a stream. */
  begin(): Blake3Hasher {
    return new Blake3Hasher(this.#key, this.#flags);
  }

  /**
   * The chaining values (§2.1), 32 bytes each, of the subtrees of a stream that lie in `bytes` as a whole, which begin `at` bytes after
   * the stream's begin: what {@link Blake3Hasher.update} of these bytes then need not compute.
   */
  subtrees(bytes: Uint8Array, at: number): Uint8Array<ArrayBuffer> {
    const first = Math.ceil(at / SUBTREE_LENGTH);
    const count = Math.max(0, Math.floor((at + bytes.length) / SUBTREE_LENGTH) - first);
    const values = new Uint8Array(count * VALUE_LENGTH);
    for (let place = 0; place < count; place++) {
      const start = (first + place) * SUBTREE_LENGTH - at;
      const part = bytes.subarray(start, start + SUBTREE_LENGTH);
      values.set(subtree(this.#key, this.#flags, part, first + place, false), place * VALUE_LENGTH);
    }
    return values;
  }
}

/** A running hash. */
export class Blake3Hasher {
  readonly #key: Uint8Array;
  readonly #flags: number;
  /** Chaining values of complete subtrees, the largest first: one for each bit of their count. */
  readonly #values: Uint8Array[] = [];
  #subtreeCount = 0;
  /** Input that no subtree was made of yet. Never empty once there was input: the last subtree is the root's. */
  #rest = new Uint8Array(0);
  #restLength = 0;

  /** Use {@link Blake3.begin}. */
  constructor(key: Uint8Array, flags: number) {
    this.#key = key;
    this.#flags = flags;
  }

  /** `subtrees`: what {@link Blake3.subtrees} gives for these bytes where they stand, if it was asked. */
  update(bytes: Uint8Array, subtrees?: Uint8Array): void {
    let input = bytes;
    if (this.#restLength > 0) {
      const taken = Math.min(input.length, SUBTREE_LENGTH - this.#restLength);
      this.#keep(input.subarray(0, taken));
      input = input.subarray(taken);
      if (input.length === 0) return;
      this.#addSubtree(this.#valueOf(this.#rest.subarray(0, this.#restLength)));
      this.#restLength = 0;
    }
    let start = 0;
    for (let known = 0; input.length - start > SUBTREE_LENGTH; start += SUBTREE_LENGTH) {
      const value = subtrees?.slice(known, (known += VALUE_LENGTH));
      this.#addSubtree(value ?? this.#valueOf(input.subarray(start, start + SUBTREE_LENGTH)));
    }
    this.#keep(input.subarray(start));
  }

  /** The 32-byte hash. The hasher may not be used afterwards. */
  digest(): Uint8Array {
    const last = this.#values.length === 0;
    const rest = this.#rest.subarray(0, this.#restLength);
    let value = subtree(this.#key, this.#flags, rest, this.#subtreeCount, last);
    for (let left = this.#values.pop(); left !== undefined; left = this.#values.pop()) {
      value = parent(this.#key, this.#flags, left, value, this.#values.length === 0);
    }
    return value;
  }

  /** Chaining value of the next subtree, which more input follows. */
  #valueOf(bytes: Uint8Array): Uint8Array {
    return subtree(this.#key, this.#flags, bytes, this.#subtreeCount, false);
  }

  /** Adds the chaining value of the next subtree. */
  #addSubtree(complete: Uint8Array): void {
    let value = complete;
    this.#subtreeCount++;
    // As many subtrees are complete as the count has zero bits at its end.
    for (let count = this.#subtreeCount; count % 2 === 0; count /= 2) {
      const left = this.#values.pop();
      if (left !== undefined) value = parent(this.#key, this.#flags, left, value, false);
    }
    this.#values.push(value);
  }

  #keep(bytes: Uint8Array): void {
    const length = this.#restLength + bytes.length;
    if (length > this.#rest.length) {
      const grown = new Uint8Array(Math.min(SUBTREE_LENGTH, Math.max(length, 2 * this.#rest.length)));
      grown.set(this.#rest.subarray(0, this.#restLength));
      this.#rest = grown;
    }
    this.#rest.set(bytes, this.#restLength);
    this.#restLength = length;
  }
}

/** Chaining value of the subtree with this index, or the hash if it is the whole input (`root`). */
function subtree(
  key: Uint8Array,
  flags: number,
  bytes: Uint8Array,
  index: number,
  root: boolean,
): Uint8Array {
  const kernel = kernelInstance();
  const { functions, places } = kernel;
  kernel.write(places.KEY, key);
  const counter = index * CHUNKS_OF_SUBTREE;
  const source = kernel.placeOf(bytes);
  functions.blake3Subtree(source, bytes.length, counter >>> 0, Math.floor(counter / 2 ** 32), flags, root);
  return kernel.read(places.RESULT, VALUE_LENGTH);
}

/** Chaining value of the parent of two subtrees, or the hash if it is the root. */
function parent(
  key: Uint8Array,
  flags: number,
  left: Uint8Array,
  right: Uint8Array,
  root: boolean,
): Uint8Array {
  const kernel = kernelInstance();
  const { functions, places } = kernel;
  kernel.write(places.KEY, key);
  kernel.write(places.BLAKE3_BLOCK, left);
  kernel.write(places.BLAKE3_BLOCK + VALUE_LENGTH, right);
  functions.blake3Parent(flags, root);
  return kernel.read(places.RESULT, VALUE_LENGTH);
}
