/** Byte strings: hex, UTF-8 without loss, comparison in constant time, little-endian integers. */

/** Lower-case hex of `bytes`. */
export function toHex(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) text += (byte >>> 4).toString(16) + (byte & 15).toString(16);
  return text;
}

/** Bytes of `hex`, or undefined where it is not an even number of hex digits. */
export function fromHex(hex: string): Uint8Array | undefined {
  if (!/^([0-9a-fA-F]{2})*$/.test(hex)) return undefined;
  return Uint8Array.from({ length: hex.length / 2 }, (_, index) =>
    Number.parseInt(hex.slice(index * 2, index * 2 + 2), 16),
  );
}

/** The parts one after the other. */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  let length = 0;
  for (const part of parts) length += part.length;
  const bytes = new Uint8Array(length);
  let offset = 0;
  for (const part of parts) {
    bytes.set(part, offset);
    offset += part.length;
  }
  return bytes;
}

/** Equality in time that depends on the lengths only. */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  let difference = 0;
  for (let index = 0; index < a.length; index++) difference |= (a[index] ?? 0) ^ (b[index] ?? 0);
  return difference === 0;
}

/** Where `pattern`, of at least one byte, first stands in `bytes`; −1 where it does not. */
export function indexOfBytes(bytes: Uint8Array, pattern: Uint8Array): number {
  for (let at = bytes.indexOf(pattern[0] ?? 0); at >= 0; at = bytes.indexOf(pattern[0] ?? 0, at + 1)) {
    if (pattern.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}

/** Order of two byte strings, as `memcmp`. */
export function compareBytes(a: Uint8Array, b: Uint8Array): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const difference = (a[index] ?? 0) - (b[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return a.length - b.length;
}

/** A view for integers over exactly these bytes. */
export function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

const strictDecoder = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });
const encoder = new TextEncoder();
const ESCAPE_FIRST = 0xdc80;
const ESCAPE_LAST = 0xdcff;
/** Arguments of one call: engines have a limit. */
const UNITS_AT_ONCE = 4096;

/**
 * Text of UTF-8 bytes. File names need not be UTF-8: a byte that is not part of a well-formed sequence becomes the lone
 * surrogate U+DC80 + (byte − 0x80), which no UTF-8 text contains, so that `encodeUtf8` gives the same bytes again.
 */
export function decodeUtf8(bytes: Uint8Array): string {
  try {
    return strictDecoder.decode(bytes);
  } catch {
    return decodeEscaping(bytes);
  }
}

/** Unit by unit: an exception, or only a string, for every bad byte would make a hostile name of a megabyte cost a minute. */
function decodeEscaping(bytes: Uint8Array): string {
  const units = new Uint16Array(bytes.length);
  let count = 0;
  for (let offset = 0; offset < bytes.length;) {
    const length = sequenceLength(bytes, offset);
    const lead = bytes[offset] ?? 0;
    if (length <= 1) {
      units[count++] = length === 1 ? lead : ESCAPE_FIRST + lead - 0x80;
      offset++;
      continue;
    }
    let code = lead & (0x7f >>> length);
    for (let at = 1; at < length; at++) code = (code << 6) | ((bytes[offset + at] ?? 0) & 0x3f);
    if (code >= 0x1_0000) units[count++] = 0xd800 + ((code - 0x1_0000) >>> 10);
    units[count++] = code >= 0x1_0000 ? 0xdc00 + ((code - 0x1_0000) & 0x3ff) : code;
    offset += length;
  }
  let text = '';
  for (let start = 0; start < count; start += UNITS_AT_ONCE) {
    const part = units.subarray(start, Math.min(count, start + UNITS_AT_ONCE));
    text += Reflect.apply(String.fromCharCode, undefined, part) as string;
  }
  return text;
}

/** Bytes of the well-formed sequence at `offset`; 0 where there is none. RFC 3629 §4. */
function sequenceLength(bytes: Uint8Array, offset: number): number {
  const lead = bytes[offset] ?? 0;
  if (lead < 0x80) return 1;
  if (lead >= 0xc2 && lead <= 0xdf) return isTail(bytes, offset + 1) ? 2 : 0;
  if (lead >= 0xe0 && lead <= 0xef) {
    const isFirst = isTail(bytes, offset + 1, lead === 0xe0 ? 0xa0 : 0x80, lead === 0xed ? 0x9f : 0xbf);
    return isFirst && isTail(bytes, offset + 2) ? 3 : 0;
  }
  if (lead < 0xf0 || lead > 0xf4) return 0;
  const isFirst = isTail(bytes, offset + 1, lead === 0xf0 ? 0x90 : 0x80, lead === 0xf4 ? 0x8f : 0xbf);
  return isFirst && isTail(bytes, offset + 2) && isTail(bytes, offset + 3) ? 4 : 0;
}

function isTail(bytes: Uint8Array, offset: number, low = 0x80, high = 0xbf): boolean {
  const byte = bytes[offset] ?? 0;
  return byte >= low && byte <= high;
}

/** UTF-8 bytes of `text`; the inverse of {@link decodeUtf8}. Other lone surrogates become U+FFFD. */
export function encodeUtf8(text: string): Uint8Array {
  if (text.isWellFormed()) return encoder.encode(text);
  const parts: Uint8Array[] = [];
  let plainFrom = 0;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    if (
      unit >= 0xd800 &&
      unit < 0xdc00 &&
      index + 1 < text.length &&
      (text.charCodeAt(index + 1) & 0xfc00) === 0xdc00
    ) {
      index++;
    } else if (unit >= ESCAPE_FIRST && unit <= ESCAPE_LAST) {
      parts.push(encoder.encode(text.slice(plainFrom, index)), Uint8Array.of(unit - ESCAPE_FIRST + 0x80));
      plainFrom = index + 1;
    }
  }
  parts.push(encoder.encode(text.slice(plainFrom)));
  return concatBytes(parts);
}

/** Order of two texts by their UTF-8 bytes, without encoding them where UTF-16 units already tell. */
export function compareUtf8(a: string, b: string): number {
  const length = Math.min(a.length, b.length);
  for (let index = 0; index < length; index++) {
    const unitA = a.charCodeAt(index);
    const unitB = b.charCodeAt(index);
    if (unitA === unitB) continue;
    if (unitA < 0xd800 && unitB < 0xd800) return unitA - unitB;
    return compareBytes(encodeUtf8(a), encodeUtf8(b));
  }
  return a.length - b.length;
}

/** The little-endian u64 at `at` as a double: above 2^53 not exactly, but above every size there is. */
export function uint64At(view: DataView, at: number): number {
  return view.getUint32(at, true) + view.getUint32(at + 4, true) * 2 ** 32;
}

/** Writes `value`, below 2^53, as a little-endian u64. */
export function setUint64(view: DataView, at: number, value: number): void {
  view.setUint32(at, value, true);
  view.setUint32(at + 4, Math.floor(value / 2 ** 32), true);
}
