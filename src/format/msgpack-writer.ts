/**
 * msgpack as the format uses it, strict: what the reference's encoder writes for Go's types (*whole*), the smallest form of the
 * same numbers (*short*), and nothing else.
 *
 * | Go type | whole | short |
 * |---|---|---|
 * | nil | c0 | |
 * | bool | c2, c3 | |
 * | uint8, uint16, uint32, uint64 | cc, cd, ce, cf: the full width | the shortest of 00–7f, cc, cd, ce, cf |
 * | int64 | d3: the full width | as int |
 * | int | the shortest of: 00–7f, e0–ff, cc, cd, ce, cf, d0, d1, d2, d3 | |
 * | float64 | cb | ca where it has that value |
 * | string | a0–bf, d9, da, db: the shortest |
 * | []byte, [N]byte | c4, c5, c6: the shortest |
 * | slice | 90–9f, dc, dd: the shortest |
 * | struct, as map with string keys | 80–8f, de, df: the shortest |
 * | time.Time | extension −1, 4, 8 or 12 bytes: the shortest |
 *
 * Both forms are read alike. Reading is bounded: containers by the bytes that are left (an element takes at least one) and by MSGPACK_DEPTH_MAX. Every
 * other byte, width or length is FormatError FORMAT_ENCODING; a value above 2^53 where a number is asked for is FORMAT_LIMIT.
 * Source: msgpack specification; specification "Conventions".
 */
import { encodeUtf8, viewOf } from './bytes.ts';
import type { Timestamp } from './timestamp.ts';

/** How numbers are written, and whether a record has its fields that are zero: see above and `record.ts`. */
export type RecordForm = 'whole' | 'short';

/** Bytes up to which a loop copies faster than a call. */
const SHORT_LENGTH_MAX = 64;
/** Tags before lengths of one, two and four bytes; 0 where there is none. */
const STRING_TAGS = [0xd9, 0xda, 0xdb] as const;
const BYTES_TAGS = [0xc4, 0xc5, 0xc6] as const;
const ARRAY_TAGS = [0, 0xdc, 0xdd] as const;
const MAP_TAGS = [0, 0xde, 0xdf] as const;

/** Appends msgpack values to a growing buffer. One writer can be reused: `take` and `takeView` empty it. */
export class MsgpackWriter {
  readonly form: RecordForm;
  #bytes = new Uint8Array(1024);
  #view = viewOf(this.#bytes);
  #length = 0;

  constructor(form: RecordForm = 'whole') {
    this.form = form;
  }

  /** A copy of what was written since the last `take`. */
  take(): Uint8Array {
    const taken = this.#bytes.slice(0, this.#length);
    this.#length = 0;
    return taken;
  }

  /** What was written since the last `take` or `takeView`, valid until more is written. */
  takeView(): Uint8Array {
    const taken = this.#bytes.subarray(0, this.#length);
    this.#length = 0;
    return taken;
  }

  #reserve(count: number): number {
    const offset = this.#length;
    if (offset + count > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(this.#bytes.length * 2, offset + count));
      grown.set(this.#bytes);
      this.#bytes = grown;
      this.#view = viewOf(grown);
    }
    this.#length = offset + count;
    return offset;
  }

  #byte(value: number): void {
    // Reserving may replace the buffer, so it comes first.
    const offset = this.#reserve(1);
    this.#bytes[offset] = value;
  }

  nil(): void {
    this.#byte(0xc0);
  }
  bool(value: boolean): void {
    this.#byte(value ? 0xc3 : 0xc2);
  }
  u8(value: number): void {
    if (this.form === 'short') this.int(value & 0xff);
    else this.#u8(value);
  }
  u16(value: number): void {
    if (this.form === 'short') this.int(value & 0xffff);
    else this.#u16(value);
  }
  u32(value: number): void {
    if (this.form === 'short') this.int(value >>> 0);
    else this.#u32(value);
  }
  /** Go `uint64`. Numbers must be safe integers. */
  u64(value: bigint | number): void {
    if (this.form === 'short' && value >= 0 && value <= Number.MAX_SAFE_INTEGER) this.int(Number(value));
    else this.#u64(value);
  }
  /** Go `int64`. Numbers must be safe integers. */
  i64(value: bigint | number): void {
    if (this.form === 'whole') this.#i64(value);
    else if (value > Number.MAX_SAFE_INTEGER) this.#u64(value);
    else if (value < Number.MIN_SAFE_INTEGER) this.#i64(value);
    else this.int(Number(value));
  }
  #u8(value: number): void {
    const offset = this.#reserve(2);
    this.#bytes[offset] = 0xcc;
    this.#bytes[offset + 1] = value;
  }
  #u16(value: number): void {
    const offset = this.#reserve(3);
    this.#bytes[offset] = 0xcd;
    this.#view.setUint16(offset + 1, value);
  }
  #u32(value: number): void {
    const offset = this.#reserve(5);
    this.#bytes[offset] = 0xce;
    this.#view.setUint32(offset + 1, value);
  }
  #u64(value: bigint | number): void {
    const offset = this.#reserve(9);
    this.#bytes[offset] = 0xcf;
    this.#set64(offset + 1, value);
  }
  #i64(value: bigint | number): void {
    const offset = this.#reserve(9);
    this.#bytes[offset] = 0xd3;
    this.#set64(offset + 1, value);
  }
  #set64(offset: number, value: bigint | number): void {
    if (typeof value === 'bigint') {
      this.#view.setBigInt64(offset, BigInt.asIntN(64, value));
    } else {
      const high = Math.floor(value / 0x1_0000_0000);
      this.#view.setInt32(offset, high);
      this.#view.setUint32(offset + 4, value - high * 0x1_0000_0000);
    }
  }
  /** Go `int`, a safe integer. */
  int(value: number): void {
    if (value >= 0) {
      if (value < 0x80) this.#byte(value);
      else if (value < 0x100) this.#u8(value);
      else if (value < 0x1_0000) this.#u16(value);
      else if (value < 0x1_0000_0000) this.#u32(value);
      else this.#u64(value);
    } else if (value >= -32) {
      this.#byte(value & 0xff);
    } else if (value < -0x8000_0000) {
      this.#i64(value);
    } else {
      const width = value >= -0x80 ? 1 : value >= -0x8000 ? 2 : 4;
      const offset = this.#reserve(1 + width);
      this.#bytes[offset] = width === 1 ? 0xd0 : width === 2 ? 0xd1 : 0xd2;
      if (width === 1) this.#view.setInt8(offset + 1, value);
      else if (width === 2) this.#view.setInt16(offset + 1, value);
      else this.#view.setInt32(offset + 1, value);
    }
  }
  f64(value: number): void {
    if (this.form === 'short' && Math.fround(value) === value) {
      const offset = this.#reserve(5);
      this.#bytes[offset] = 0xca;
      this.#view.setFloat32(offset + 1, value);
      return;
    }
    const offset = this.#reserve(9);
    this.#bytes[offset] = 0xcb;
    this.#view.setFloat64(offset + 1, value);
  }
  #head(length: number, short: number, shortMax: number, wide: readonly number[]): void {
    if (length < shortMax) this.#byte(short | length);
    else if (length < 0x100 && wide[0] !== undefined && wide[0] !== 0) {
      const offset = this.#reserve(2);
      this.#bytes[offset] = wide[0];
      this.#bytes[offset + 1] = length;
    } else if (length < 0x1_0000) {
      const offset = this.#reserve(3);
      this.#bytes[offset] = wide[1] ?? 0;
      this.#view.setUint16(offset + 1, length);
    } else {
      const offset = this.#reserve(5);
      this.#bytes[offset] = wide[2] ?? 0;
      this.#view.setUint32(offset + 1, length);
    }
  }
  str(value: string): void {
    if (value.length <= SHORT_LENGTH_MAX && this.#shortAscii(value)) return;
    const bytes = encodeUtf8(value);
    this.#head(bytes.length, 0xa0, 32, STRING_TAGS);
    this.raw(bytes);
  }
  /** Writes a short text if it is ASCII, as nearly all are: without bytes of its own. */
  #shortAscii(value: string): boolean {
    const start = this.#length;
    this.#head(value.length, 0xa0, 32, STRING_TAGS);
    let at = this.#reserve(value.length);
    for (let index = 0; index < value.length; index++) {
      const unit = value.charCodeAt(index);
      if (unit >= 0x80) {
        this.#length = start;
        return false;
      }
      this.#bytes[at++] = unit;
    }
    return true;
  }
  bin(value: Uint8Array): void {
    this.#head(value.length, 0, 0, BYTES_TAGS);
    this.raw(value);
  }
  /** Head of an array; `length` values follow. */
  array(length: number): void {
    this.#head(length, 0x90, 16, ARRAY_TAGS);
  }
  /** Head of a map; `length` pairs follow. */
  map(length: number): void {
    this.#head(length, 0x80, 16, MAP_TAGS);
  }
  time(value: Timestamp): void {
    const { seconds, nanoseconds } = value;
    if (seconds < 0n || seconds >> 34n !== 0n) {
      const offset = this.#reserve(15);
      this.#bytes.set([0xc7, 12, 0xff], offset);
      this.#view.setUint32(offset + 3, nanoseconds);
      this.#view.setBigInt64(offset + 7, seconds);
    } else if (nanoseconds === 0 && seconds < 0x1_0000_0000n) {
      const offset = this.#reserve(6);
      this.#bytes.set([0xd6, 0xff], offset);
      this.#view.setUint32(offset + 2, Number(seconds));
    } else {
      const offset = this.#reserve(10);
      this.#bytes.set([0xd7, 0xff], offset);
      this.#view.setBigUint64(offset + 2, (BigInt(nanoseconds) << 34n) | seconds);
    }
  }
  /** Appends a value that is encoded already. */
  raw(bytes: Uint8Array): void {
    const { length } = bytes;
    const offset = this.#reserve(length);
    if (length > SHORT_LENGTH_MAX) this.#bytes.set(bytes, offset);
    else for (let index = 0; index < length; index++) this.#bytes[offset + index] = bytes[index] ?? 0;
  }
}
