/**
 * Records: msgpack maps with string keys, as the reference's encoder makes them of Go structs.
 *
 * A record is described once, as a table of its fields in wire order; encoding and decoding follow from it. As in Go, an absent
 * field has its zero value, an unknown field is skipped, and a field marked `omitZero` is left out where it has its zero value;
 * in the short form every field is. Unlike in Go, a repeated field is FormatError FORMAT_ENCODING.
 */
import { MsgpackReader } from './msgpack-reader.ts';
import { MsgpackWriter, type RecordForm } from './msgpack-writer.ts';
import { EPOCH, type Timestamp } from './timestamp.ts';

/** Encodes and decodes one type. */
export interface Codec<T> {
  encode(writer: MsgpackWriter, value: T): void;
  /** @throws FormatError FORMAT_ENCODING, FORMAT_LIMIT */
  decode(reader: MsgpackReader): T;
  /** The value of an absent field. */
  readonly zero: () => T;
  /** True where a record of this form leaves the field out if it may. */
  readonly isZero: (value: T, form: RecordForm) => boolean;
}

const primitive = <T>(
  encode: (writer: MsgpackWriter, value: T) => void,
  decode: (reader: MsgpackReader) => T,
  zero: T,
): Codec<T> => ({ encode, decode, zero: () => zero, isZero: (value) => value === zero });

export const bool = primitive<boolean>(
  (w, v) => w.bool(v),
  (r) => r.bool(),
  false,
);
export const u8 = primitive<number>(
  (w, v) => w.u8(v),
  (r) => r.u8(),
  0,
);
export const u16 = primitive<number>(
  (w, v) => w.u16(v),
  (r) => r.u16(),
  0,
);
export const u32 = primitive<number>(
  (w, v) => w.u32(v),
  (r) => r.u32(),
  0,
);
/** uint64 of any value. */
export const u64 = primitive<bigint>(
  (w, v) => w.u64(v),
  (r) => r.u64(),
  0n,
);
/** uint64 that must stay below 2^53: sizes and counts. */
export const u64Number = primitive<number>(
  (w, v) => w.u64(v),
  (r) => r.u64Number(),
  0,
);
/** int64 of any value. */
export const i64 = primitive<bigint>(
  (w, v) => w.i64(v),
  (r) => r.i64(),
  0n,
);
/** int64 that must stay within ±2^53. */
export const i64Number = primitive<number>(
  (w, v) => w.i64(v),
  (r) => r.i64Number(),
  0,
);
export const int = primitive<number>(
  (w, v) => w.int(v),
  (r) => r.int(),
  0,
);
export const f64 = primitive<number>(
  (w, v) => w.f64(v),
  (r) => r.f64(),
  0,
);
/** float64 of a hint, of which the short form keeps what a float32 holds. */
export const f64Hint = primitive<number>(
  (w, v) => w.f64(w.form === 'short' ? Math.fround(v) : v),
  (r) => r.f64(),
  0,
);
export const str = primitive<string>(
  (w, v) => w.str(v),
  (r) => r.str(),
  '',
);
export const time: Codec<Timestamp> = {
  encode: (w, v) => w.time(v),
  decode: (r) => r.time(),
  zero: () => EPOCH,
  // Go's zero time is another.
  isZero: () => false,
};

/** Go `[]byte`: null (nil) and empty are different values. */
export const bytes: Codec<Uint8Array | null> = {
  encode: (w, v) => (v === null ? w.nil() : w.bin(v)),
  decode: (r) => (r.nil() ? null : r.bin()),
  zero: () => null,
  isZero: (v) => v === null || v.length === 0,
};

/**
 * Go `[length]byte`. The reference's encoder never takes such an array for empty, so `omitZero` has no effect on it in the whole
 * form; a decoded value of another length is FormatError FORMAT_ENCODING.
 */
export function fixedBytes(length: number): Codec<Uint8Array> {
  return {
    encode: (w, v) => w.bin(v),
    decode: (r) => {
      const value = r.bin();
      if (value.length !== length) r.fail(`${length} bytes expected, found ${value.length}`);
      return value;
    },
    zero: () => new Uint8Array(length),
    isZero: (v, form) => form === 'short' && v.every((byte) => byte === 0),
  };
}

/** A MAC, id or key: 32 bytes. */
export const mac = fixedBytes(32);

/** Go slice: null (nil) and empty are different values. */
export function list<T>(element: Codec<T>): Codec<readonly T[] | null> {
  return {
    encode: (w, v) => {
      if (v === null) {
        w.nil();
        return;
      }
      w.array(v.length);
      for (const item of v) element.encode(w, item);
    },
    decode: (r) => {
      if (r.nil()) return null;
      const count = r.array();
      const items: T[] = [];
      for (let index = 0; index < count; index++) items.push(element.decode(r));
      r.leave();
      return items;
    },
    zero: () => null,
    isZero: (v) => v === null || v.length === 0,
  };
}

/** Go pointer: nil is undefined. */
export function pointer<T>(element: Codec<T>): Codec<T | undefined> {
  return {
    encode: (w, v) => (v === undefined ? w.nil() : element.encode(w, v)),
    decode: (r) => (r.nil() ? undefined : element.decode(r)),
    zero: () => undefined,
    isZero: (v) => v === undefined,
  };
}

/** One field of a record: its name on the wire and its type. */
export interface Field<T> {
  readonly wire: string;
  readonly codec: Codec<T>;
  readonly omitZero: boolean;
}

/** A field that is always written. */
export function field<T>(wire: string, codec: Codec<T>): Field<T> {
  return { wire, codec, omitZero: false };
}

/** A field that is left out where it has its zero value (Go `omitempty`). */
export function optionalField<T>(wire: string, codec: Codec<T>): Field<T> {
  return { wire, codec, omitZero: true };
}

/** The fields of `T` in wire order. */
export type Fields<T> = { readonly [K in keyof T]-?: Field<T[K]> };

/** A record's codec with whole-buffer encoding and decoding. */
export interface RecordCodec<T> extends Codec<T> {
  /** `form`: whole where not given. */
  toBytes(value: T, form?: RecordForm): Uint8Array;
  /** @throws FormatError FORMAT_ENCODING, FORMAT_LIMIT */
  fromBytes(bytes: Uint8Array): T;
}

const scratch = { whole: new MsgpackWriter('whole'), short: new MsgpackWriter('short') };

interface TableRow {
  readonly key: string;
  readonly wire: string;
  /** `wire` as msgpack. */
  readonly wireBytes: Uint8Array;
  readonly codec: Codec<unknown>;
  readonly omitZero: boolean;
}

function tableOf(fields: Record<string, Field<unknown>>): readonly TableRow[] {
  return Object.entries(fields).map(([key, { wire, codec, omitZero }]) => {
    scratch.whole.str(wire);
    return { key, wire, wireBytes: scratch.whole.take(), codec, omitZero };
  });
}

/** The codec of the record `name` (for errors) with at most 31 fields, in this order. */
export function record<T extends object>(name: string, fields: Fields<T>): RecordCodec<T> {
  const table = tableOf(fields as Record<string, Field<unknown>>);
  const isOmitted = (row: TableRow, values: Record<string, unknown>, form: RecordForm): boolean =>
    (row.omitZero || form === 'short') && row.codec.isZero(values[row.key], form);

  /** Index of the next field's row, or −1 where it is unknown. Fields come in order as a rule, so those from `expected` on are tried first. */
  const readRow = (reader: MsgpackReader, expected: number): number => {
    for (let index = expected; index < table.length; index++) {
      const row = table[index];
      if (row !== undefined && reader.skipIf(row.wireBytes)) return index;
    }
    const wire = reader.str();
    return table.findIndex((candidate) => candidate.wire === wire);
  };

  /** Gives fields from `from` to `to` their zero value where they have none. */
  const fillZeros = (values: Record<string, unknown>, seen: number, from: number, to: number): void => {
    for (let index = from; index < to; index++) {
      const row = table[index];
      if (row !== undefined && (seen & (1 << index)) === 0) values[row.key] ??= row.codec.zero();
    }
  };

  const codec: RecordCodec<T> = {
    encode: (writer, value) => {
      const values = value as Record<string, unknown>;
      const { form } = writer;
      let written = 0;
      let count = 0;
      let bit = 1;
      for (const row of table) {
        if (!isOmitted(row, values, form)) {
          written |= bit;
          count++;
        }
        bit <<= 1;
      }
      writer.map(count);
      bit = 1;
      for (const row of table) {
        if ((written & bit) !== 0) {
          writer.raw(row.wireBytes);
          row.codec.encode(writer, values[row.key]);
        }
        bit <<= 1;
      }
    },
    decode: (reader) => {
      const values: Record<string, unknown> = {};
      let seen = 0;
      let expected = 0;
      for (let left = reader.map(); left > 0; left--) {
        const index = readRow(reader, expected);
        const row = table[index];
        if (row === undefined) {
          reader.skip();
          continue;
        }
        if ((seen & (1 << index)) !== 0) reader.fail(`field "${row.wire}" twice`);
        // In the order of the table, whatever is left out: so records of one kind have one shape.
        if (index > expected) fillZeros(values, seen, expected, index);
        seen |= 1 << index;
        expected = index + 1;
        values[row.key] = row.codec.decode(reader);
      }
      reader.leave();
      fillZeros(values, seen, 0, table.length);
      return values as T;
    },
    zero: () => Object.fromEntries(table.map((row) => [row.key, row.codec.zero()])) as T,
    isZero: (value, form) => table.every((row) => isOmitted(row, value as Record<string, unknown>, form)),
    toBytes: (value, form = 'whole') => {
      codec.encode(scratch[form], value);
      return scratch[form].take();
    },
    fromBytes: (buffer) => {
      const reader = new MsgpackReader(buffer, name);
      const value = codec.decode(reader);
      reader.end();
      return value;
    },
  };
  return codec;
}
