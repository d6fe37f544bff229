/**
 * One instance of the WebAssembly module: its functions, and bounded copies into and out of its memory.
 *
 * A thread has one instance (`kernelInstance()`), which is never shared: the kernels keep their inputs, outputs and tables at fixed
 * places, so two calls on one instance must not overlap. All of them are synchronous, so within a thread they cannot.
 */
import { GEAR } from './gear-table.ts';
import { MODULE_BASE64 } from './module.ts';

/** Functions that `assembly/index.ts` exports. Lengths are in bytes; what each reads and writes is said there. */
export interface KernelFunctions {
  blake3Parent(flags: number, root: boolean): void;
  blake3Subtree(
    source: number,
    length: number,
    counterLow: number,
    counterHigh: number,
    flags: number,
    root: boolean,
  ): void;
  byteClasses(source: number, length: number): number;
  byteCountsBegin(): void;
  byteCountsUpdate(source: number, length: number): void;
  byteEntropy(total: number): number;
  fastcdcBegin(): void;
  fastcdcScan(length: number, maskHigh: number, maskLow: number): number;
  gcmSivCounters(length: number): void;
  gcmSivHash(length: number): void;
  gcmSivOpen(length: number): number;
  gcmSivSeal(length: number): void;
  gcmSivXor(length: number): void;
  keyUnwrap(): number;
  keyWrap(): void;
  keyWrapUseKey(): void;
  lz4Decode(block: number, length: number, historyLength: number, sizeMax: number): number;
  lz4Encode(length: number): number;
  lz4FrameDecode(length: number, sizeMax: number): number;
  lz4FrameEncode(length: number, depth: number): number;
  lz4HcEncode(length: number, depth: number): number;
  wipeSecrets(): void;
  xxhash32Begin(): void;
  xxhash32Finish(length: number): number;
  xxhash32Update(length: number): void;
}

/** Addresses and lengths that the module exports. */
const PLACES = [
  'BLAKE3_BLOCK',
  'DERIVED_KEYS',
  'GEAR',
  'HISTORY_LENGTH',
  'INPUT',
  'INPUT_LENGTH',
  'KEY',
  'KEYSTREAM',
  'MEMORY_LENGTH',
  'NONCE',
  'OUTPUT',
  'RESULT',
  'TAG',
  'TEXT',
] as const;
type Places = Readonly<Record<(typeof PLACES)[number], number>>;

/** The little of the WebAssembly JavaScript interface that is used here: neither Node's nor our library types declare it. */
interface WebAssemblyInterface {
  readonly Module: new (bytes: Uint8Array) => object;
  readonly Instance: new (module: object) => { readonly exports: Readonly<Record<string, unknown>> };
}
const { WebAssembly } = globalThis as unknown as { readonly WebAssembly: WebAssemblyInterface };

/** An instance of the module. */
export class KernelInstance {
  readonly functions: KernelFunctions;
  readonly places: Places;
  /** All of the module's memory. It never grows, so the view stays valid. */
  readonly #memory: Uint8Array;

  constructor(module: object) {
    const { exports } = new WebAssembly.Instance(module);
    this.functions = exports as unknown as KernelFunctions;
    this.places = Object.fromEntries(
      PLACES.map((name) => [name, (exports[name] as { readonly value: number }).value]),
    ) as Places;
    this.#memory = new Uint8Array((exports['memory'] as { readonly buffer: ArrayBuffer }).buffer);
    if (this.#memory.length < this.places.MEMORY_LENGTH) {
      throw new RangeError('the kernels do not fit their memory');
    }
    this.write(this.places.GEAR, littleEndianBytes(GEAR));
  }

  /** Copies `bytes` to `address`, one of the places. */
  write(address: number, bytes: Uint8Array): void {
    this.#memory.set(bytes, address);
  }

  /** Copies `bytes` to INPUT. @throws RangeError where they do not fit */
  writeInput(bytes: Uint8Array): void {
    if (bytes.length > this.places.INPUT_LENGTH) {
      throw new RangeError(
        `${bytes.length} bytes do not fit a kernel's input of ${this.places.INPUT_LENGTH}`,
      );
    }
    this.#memory.set(bytes, this.places.INPUT);
  }

  /** Where `bytes` are in the memory: at INPUT, to which they are copied, unless they are there already, as a {@link view}. */
  placeOf(bytes: Uint8Array): number {
    if (bytes.buffer === this.#memory.buffer) return bytes.byteOffset;
    this.writeInput(bytes);
    return this.places.INPUT;
  }

  /** A copy of `length` bytes at `address`. */
  read(address: number, length: number): Uint8Array {
    return this.#memory.slice(address, address + length);
  }

  /** Copies `length` bytes at `address` to `target[at…]`. @throws RangeError where they do not fit */
  readInto(target: Uint8Array, at: number, address: number, length: number): void {
    target.set(this.#memory.subarray(address, address + length), at);
  }

  /** The bytes at `address` themselves, until the next call. */
  view(address: number, length: number): Uint8Array {
    return this.#memory.subarray(address, address + length);
  }
}

function littleEndianBytes(words: Int32Array): Uint8Array {
  const bytes = new Uint8Array(words.byteLength);
  const view = new DataView(bytes.buffer);
  words.forEach((word, index) => {
    view.setInt32(4 * index, word, true);
  });
  return bytes;
}

function moduleBytes(): Uint8Array {
  const text = atob(MODULE_BASE64);
  const bytes = new Uint8Array(text.length);
  for (let index = 0; index < text.length; index++) bytes[index] = text.charCodeAt(index);
  return bytes;
}

let instance: KernelInstance | undefined;

/** This thread's instance. Making it takes two or three milliseconds, once. */
export function kernelInstance(): KernelInstance {
  instance ??= new KernelInstance(new WebAssembly.Module(moduleBytes()));
  return instance;
}
