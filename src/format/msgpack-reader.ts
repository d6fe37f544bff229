/** Strict reading of msgpack; the table of what is accepted stands in `msgpack-writer.ts`. */
import { FormatError } from '../errors.ts';
import { decodeUtf8, viewOf } from './bytes.ts';
import { MSGPACK_DEPTH_MAX } from './limits.ts';
import type { Timestamp } from './timestamp.ts';

/** The least value that needs cc, cd, ce, cf. */
const UNSIGNED_LEAST = [0x80, 0x100, 0x1_0000, 0x1_0000_0000];
/** The greatest value that needs d0, d1, d2, d3. */
const SIGNED_MOST = [-33, -129, -32_769, -2_147_483_649];

/** Bytes up to which a loop copies faster than a call. */
const SHORT_LENGTH_MAX = 64;
/** Tags whose length takes one byte, two, four; −1: there is none. */
const STR_TAGS = [0xd9, 0xda, 0xdb];
const BIN_TAGS = [0xc4, 0xc5, 0xc6];
const ARRAY_TAGS = [-1, 0xdc, 0xdd];
const MAP_TAGS = [-1, 0xde, 0xdf];

/** The bytes of one float. */
const floatView = new DataView(new ArrayBuffer(8));
/** Reads msgpack values from one buffer. `where` names the record in errors. */
export class MsgpackReader {
  readonly #bytes: Uint8Array;
  /** Made where it is needed: most records have no number of 64 bits. */
  #lazyView: DataView | undefined;
  readonly #where: string;
  #offset = 0;
  #depth = 0;
  #missing = 0;

  constructor(bytes: Uint8Array, where: string) {
    this.#bytes = bytes;
    this.#where = where;
  }

  /** Bytes that were read so far. */
  get offset(): number {
    return this.#offset;
  }

  /** Where reading failed for want of bytes: how many more there must be at the least; otherwise 0. */
  get missing(): number {
    return this.#missing;
  }

  /** @throws FormatError FORMAT_ENCODING where bytes follow the value */
  end(): void {
    if (this.#offset !== this.#bytes.length) {
      this.fail(`${this.#bytes.length - this.#offset} bytes after the end`);
    }
  }

  /** Throws FormatError FORMAT_ENCODING with the position in this record. */
  fail(problem: string): never {
    throw new FormatError(
      'FORMAT_ENCODING',
      `${this.#where}: ${problem} (at byte ${this.#offset} of the record)`,
      {
        section: 'Conventions',
      },
    );
  }

  get #view(): DataView {
    return (this.#lazyView ??= viewOf(this.#bytes));
  }

  /** The big-endian number of 16 bits at `at`, which {@link #need} has given. */
  #uint16At(at: number): number {
    return ((this.#bytes[at] ?? 0) << 8) | (this.#bytes[at + 1] ?? 0);
  }
  /** As {@link #uint16At}, of 32 bits. */
  #uint32At(at: number): number {
    return this.#uint16At(at) * 0x1_0000 + this.#uint16At(at + 2);
  }

  #need(count: number): number {
    const offset = this.#offset;
    if (count > this.#bytes.length - offset) {
      this.#missing = count - (this.#bytes.length - offset);
      this.fail(`${count} bytes expected, ${this.#bytes.length - offset} left`);
    }
    this.#offset = offset + count;
    return offset;
  }

  /** True, and they are consumed, where the next bytes are exactly these. */
  skipIf(expected: Uint8Array): boolean {
    const bytes = this.#bytes;
    const offset = this.#offset;
    if (offset + expected.length > bytes.length) return false;
    for (let index = 0; index < expected.length; index++) {
      if (bytes[offset + index] !== expected[index]) return false;
    }
    this.#offset = offset + expected.length;
    return true;
  }

  /** True, and the value is consumed, where the next value is nil. */
  nil(): boolean {
    if (this.#bytes[this.#offset] !== 0xc0) return false;
    this.#offset += 1;
    return true;
  }
  bool(): boolean {
    const tag = this.#bytes[this.#need(1)];
    if (tag !== 0xc2 && tag !== 0xc3) this.fail('bool expected');
    return tag === 0xc3;
  }
  u8(): number {
    return this.#unsigned(0xcc);
  }
  u16(): number {
    return this.#unsigned(0xcd);
  }
  u32(): number {
    return this.#unsigned(0xce);
  }
  u64(): bigint {
    if (this.#bytes[this.#offset] !== 0xcf) return BigInt(this.#unsigned(0xcf));
    this.#need(1);
    return this.#view.getBigUint64(this.#need(8));
  }
  i64(): bigint {
    const tag = this.#bytes[this.#offset];
    if (tag !== 0xd3 && tag !== 0xcf) return BigInt(this.#signed(0xd3));
    this.#need(1);
    if (tag === 0xd3) return this.#view.getBigInt64(this.#need(8));
    const value = this.#view.getBigUint64(this.#need(8));
    if (value < 1n << 32n || value >> 63n !== 0n) this.fail('int64 expected');
    return value;
  }
  /** A uint64 up to 2^53 − 1. */
  u64Number(): number {
    return this.#safe(this.#unsigned(0xcf));
  }
  /** An int64 within ±(2^53 − 1). */
  i64Number(): number {
    return this.#safe(this.#signed(0xd3));
  }
  /** Go `int`: the shortest form only. */
  int(): number {
    return this.#safe(this.#signed(-1));
  }
  #safe(value: number): number {
    if (Number.isSafeInteger(value)) return value;
    throw new FormatError('FORMAT_LIMIT', `${this.#where}: integer above 2^53`, { section: 'Limits' });
  }
  /** Not below zero, in the form with the tag `full`, or in the shortest, whose tag is `widest` at the most. */
  #unsigned(widest: number, full = widest): number {
    const offset = this.#need(1);
    const tag = this.#bytes[offset] ?? 0;
    if (tag < 0x80) return tag;
    if (tag < 0xcc || tag > widest) {
      this.#offset = offset;
      this.fail(`uint${8 << (widest - 0xcc)} expected, found tag 0x${tag.toString(16)}`);
    }
    const at = this.#need(1 << (tag - 0xcc));
    let value: number;
    if (tag === 0xcc) value = this.#bytes[at] ?? 0;
    else if (tag === 0xcd) value = this.#uint16At(at);
    else if (tag === 0xce) value = this.#uint32At(at);
    else value = this.#uint32At(at) * 0x1_0000_0000 + this.#uint32At(at + 4);
    if (tag !== full && value < (UNSIGNED_LEAST[tag - 0xcc] ?? 0)) {
      this.fail('integer not in its shortest form');
    }
    return value;
  }
  /** In the form with the tag `full`, or in the shortest. */
  #signed(full: number): number {
    const offset = this.#need(1);
    const tag = this.#bytes[offset] ?? 0;
    if (tag >= 0xe0) return tag - 0x100;
    if (tag < 0xd0 || tag > 0xd3) {
      this.#offset = offset;
      return this.#unsigned(0xcf, -1);
    }
    const at = this.#need(1 << (tag - 0xd0));
    let value: number;
    if (tag === 0xd0) value = this.#view.getInt8(at);
    else if (tag === 0xd1) value = this.#view.getInt16(at);
    else if (tag === 0xd2) value = this.#view.getInt32(at);
    else value = this.#view.getInt32(at) * 0x1_0000_0000 + this.#uint32At(at + 4);
    if (tag !== full && value > (SIGNED_MOST[tag - 0xd0] ?? 0)) this.fail('integer not in its shortest form');
    return value;
  }
  f64(): number {
    const offset = this.#need(1);
    const tag = this.#bytes[offset];
    if (tag === 0xcb || tag === 0xca) {
      const length = tag === 0xcb ? 8 : 4;
      const at = this.#need(length);
      for (let byte = 0; byte < length; byte++) floatView.setUint8(byte, this.#bytes[at + byte] ?? 0);
      return tag === 0xcb ? floatView.getFloat64(0) : floatView.getFloat32(0);
    }
    this.#offset = offset;
    this.fail('float64 expected');
  }
  str(): string {
    const length = this.#length(0xa0, 0x1f, STR_TAGS, 'string');
    const offset = this.#need(length);
    return decodeUtf8(this.#bytes.subarray(offset, this.#offset));
  }
  /** As {@link str}; gives `expected` itself where that is the text, which is not decoded then. */
  strLike(expected: string): string {
    const start = this.#offset;
    const length = this.#length(0xa0, 0x1f, STR_TAGS, 'string');
    const offset = this.#need(length);
    if (length === expected.length && this.#isAscii(expected, offset)) return expected;
    this.#offset = start;
    return this.str();
  }
  /** True where `text` has ASCII only and stands at `offset`. */
  #isAscii(text: string, offset: number): boolean {
    const bytes = this.#bytes;
    for (let index = 0; index < text.length; index++) {
      const byte = bytes[offset + index] ?? 0;
      if (byte !== text.charCodeAt(index) || byte >= 0x80) return false;
    }
    return true;
  }
  /** Bytes, as a copy. */
  bin(): Uint8Array {
    const length = this.#length(-1, 0, BIN_TAGS, 'bytes');
    const offset = this.#need(length);
    if (length > SHORT_LENGTH_MAX) return this.#bytes.slice(offset, offset + length);
    const copy = new Uint8Array(length);
    for (let index = 0; index < length; index++) copy[index] = this.#bytes[offset + index] ?? 0;
    return copy;
  }
  /** Number of values that follow; call `leave` after them. */
  array(): number {
    return this.#enter(this.#length(0x90, 0x0f, ARRAY_TAGS, 'array'), 1);
  }
  /** Number of pairs that follow; call `leave` after them. */
  map(): number {
    return this.#enter(this.#length(0x80, 0x0f, MAP_TAGS, 'map'), 2);
  }
  leave(): void {
    this.#depth -= 1;
  }
  #enter(count: number, bytesPerElement: number): number {
    if (++this.#depth > MSGPACK_DEPTH_MAX) {
      throw new FormatError('FORMAT_LIMIT', `${this.#where}: nested deeper than ${MSGPACK_DEPTH_MAX}`, {
        section: 'Limits',
      });
    }
    if (count * bytesPerElement > this.#bytes.length - this.#offset) {
      this.#missing = count * bytesPerElement - (this.#bytes.length - this.#offset);
      this.fail(`${count} elements cannot fit`);
    }
    return count;
  }
  #length(short: number, shortMask: number, wide: readonly number[], what: string): number {
    const offset = this.#need(1);
    const tag = this.#bytes[offset] ?? 0;
    if (short >= 0 && (tag & ~shortMask & 0xff) === short) return tag & shortMask;
    let length: number;
    let least: number;
    if (tag === wide[0]) {
      length = this.#bytes[this.#need(1)] ?? 0;
      least = short >= 0 ? shortMask + 1 : 0;
    } else if (tag === wide[1]) {
      length = this.#uint16At(this.#need(2));
      least = wide[0] === -1 ? shortMask + 1 : 0x100;
    } else if (tag === wide[2]) {
      length = this.#uint32At(this.#need(4));
      least = 0x1_0000;
    } else {
      this.#offset = offset;
      this.fail(`${what} expected, found tag 0x${tag.toString(16)}`);
    }
    if (length < least) this.fail(`${what} length not in its shortest form`);
    return length;
  }
  time(): Timestamp {
    const offset = this.#need(1);
    const tag = this.#bytes[offset];
    if (tag === 0xd6) {
      this.#timeType();
      return { seconds: BigInt(this.#uint32At(this.#need(4))), nanoseconds: 0 };
    }
    if (tag === 0xd7) {
      this.#timeType();
      const at = this.#need(8);
      // 30 bits of nanoseconds, 34 of seconds.
      const high = this.#uint32At(at);
      const seconds = (high & 3) * 0x1_0000_0000 + this.#uint32At(at + 4);
      return this.#time(BigInt(seconds), high >>> 2);
    }
    if (tag === 0xc7 && this.#bytes[this.#need(1)] === 12) {
      this.#timeType();
      const nanoseconds = this.#uint32At(this.#need(4));
      return this.#time(this.#view.getBigInt64(this.#need(8)), nanoseconds);
    }
    this.fail('timestamp expected');
  }
  #timeType(): void {
    if (this.#bytes[this.#need(1)] !== 0xff) this.fail('timestamp extension expected');
  }
  #time(seconds: bigint, nanoseconds: number): Timestamp {
    if (nanoseconds > 999_999_999) this.fail('nanoseconds above 999 999 999');
    return { seconds, nanoseconds };
  }
  /** Skips one value of any kind the format knows. */
  skip(): void {
    const tag = this.#bytes[this.#need(1)] ?? 0;
    this.#offset -= 1;
    if (tag < 0x80 || tag >= 0xe0) this.#offset += 1;
    else if (tag <= 0x8f || tag === 0xde || tag === 0xdf) this.#skipMany(this.map() * 2);
    else if (tag <= 0x9f || tag === 0xdc || tag === 0xdd) this.#skipMany(this.array());
    else if (tag <= 0xbf || (tag >= 0xd9 && tag <= 0xdb)) this.str();
    else if (tag === 0xc0) this.nil();
    else if (tag === 0xc2 || tag === 0xc3) this.bool();
    else if (tag >= 0xc4 && tag <= 0xc6) this.bin();
    else if (tag === 0xc7 || tag === 0xd6 || tag === 0xd7) this.time();
    else if (tag === 0xca || tag === 0xcb) this.f64();
    else if (tag >= 0xcc && tag <= 0xd3) this.#need(1 + (1 << ((tag - 0xcc) & 3)));
    else this.fail(`unknown tag 0x${tag.toString(16)}`);
  }
  #skipMany(count: number): void {
    for (let index = 0; index < count; index++) this.skip();
    this.leave();
  }
}
