/**
 * A second, plain reader of msgpack for tests and for the worked example: says what stands there, field by field, without knowing what
 * should.
 */

/** A value with the name that the specification's tables give its type. */
export interface DumpedValue {
  /** As they stand there. */
  readonly bytes: Uint8Array;
  readonly type: string;
  readonly value: DumpedField[] | DumpedValue[] | string;
}
/** A field of a record. */
export interface DumpedField {
  readonly name: string;
  readonly value: DumpedValue;
}

/** The value that `bytes` begin with. */
export function dumpMsgpack(bytes: Uint8Array): DumpedValue {
  return new Dump(Buffer.from(bytes)).value();
}

type Content = Omit<DumpedValue, 'bytes'>;

class Dump {
  readonly #bytes: Buffer;
  #at = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  #take(length: number): Buffer {
    this.#at += length;
    return this.#bytes.subarray(this.#at - length, this.#at);
  }

  #uint(width: number): number {
    return this.#take(width).readUIntBE(0, width);
  }

  value(): DumpedValue {
    const start = this.#at;
    const { type, value } = this.#content();
    return { type, value, bytes: this.#bytes.subarray(start, this.#at) };
  }

  #content(): Content {
    const tag = this.#uint(1);
    if (tag < 0x80) return { type: 'int', value: String(tag) };
    if (tag < 0x90) return this.#record(tag & 15);
    if (tag < 0xa0) return this.#list(tag & 15);
    if (tag < 0xc0) return this.#str(tag & 31);
    if (tag >= 0xe0) return { type: 'int', value: String(tag - 0x100) };
    switch (tag) {
      case 0xc0:
        return { type: 'nil', value: 'nil' };
      case 0xc2:
      case 0xc3:
        return { type: 'bool', value: String(tag === 0xc3) };
      case 0xc4:
      case 0xc5:
        return this.#bin(this.#uint(tag - 0xc3));
      case 0xca:
        return { type: 'f32', value: String(this.#take(4).readFloatBE()) };
      case 0xcb:
        return { type: 'f64', value: String(this.#take(8).readDoubleBE()) };
      case 0xcc:
        return { type: 'u8', value: String(this.#uint(1)) };
      case 0xcd:
        return { type: 'u16', value: String(this.#uint(2)) };
      case 0xce:
        return { type: 'u32', value: String(this.#uint(4)) };
      case 0xcf:
        return { type: 'u64', value: String(this.#take(8).readBigUInt64BE()) };
      case 0xd2:
        return { type: 'int', value: String(this.#take(4).readInt32BE()) };
      case 0xd3:
        return { type: 'i64', value: String(this.#take(8).readBigInt64BE()) };
      case 0xd6:
        return { type: 'time', value: new Date(this.#take(5).readUInt32BE(1) * 1000).toISOString() };
      case 0xd9:
        return this.#str(this.#uint(1));
      case 0xdc:
        return this.#list(this.#uint(2));
      case 0xde:
        return this.#record(this.#uint(2));
      default:
        throw new Error(`tag ${tag.toString(16)} at ${this.#at}`);
    }
  }

  #str(length: number): Content {
    return { type: 'str', value: JSON.stringify(this.#take(length).toString()) };
  }

  #bin(length: number): Content {
    return { type: `[${length}]byte`, value: this.#take(length).toString('hex') || 'empty' };
  }

  #list(count: number): Content {
    return { type: 'list', value: Array.from({ length: count }, () => this.value()) };
  }

  #record(count: number): Content {
    const fields = Array.from({ length: count }, () => {
      const name = this.value();
      return { name: JSON.parse(name.value as string) as string, value: this.value() };
    });
    return { type: 'record', value: fields };
  }
}

/** On one line, in the manner of JSON; byte strings in hex, the long ones cut. */
export function formatDump({ type, value }: DumpedValue): string {
  if (typeof value === 'string') {
    return type.endsWith('byte') && value.length > 16 ? `${value.slice(0, 8)}…` : value;
  }
  if (type === 'list') return `[${(value as DumpedValue[]).map(formatDump).join(', ')}]`;
  return `{ ${(value as DumpedField[]).map((field) => `${field.name}: ${formatDump(field.value)}`).join(', ')} }`;
}
