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

function decodeEscaping(bytes: Uint8Array): string {
  let text = '';
  let offset = 0;
  while (offset < bytes.length) {
    const length = sequenceLength(bytes[offset] ?? 0);
    const sequence = bytes.subarray(offset, offset + length);
    const decoded = sequence.length === length ? tryDecode(sequence) : undefined;
    if (decoded === undefined) {
      text += String.fromCharCode(ESCAPE_FIRST + (bytes[offset] ?? 0) - 0x80);
      offset += 1;
    } else {
      text += decoded;
      offset += length;
    }
  }
  return text;
}

function tryDecode(sequence: Uint8Array): string | undefined {
  try {
    return strictDecoder.decode(sequence);
  } catch {
    return undefined;
  }
}

function sequenceLength(lead: number): number {
  if (lead < 0xc0) return 1;
  if (lead < 0xe0) return 2;
  return lead < 0xf0 ? 3 : 4;
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
