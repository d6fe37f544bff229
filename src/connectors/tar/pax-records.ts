/**
 * The records of an extended header: `LENGTH KEY=VALUE\n`, where LENGTH is decimal and counts the whole record. Values are bytes:
 * an extended attribute is no text. Source: POSIX.1-2017 "pax Extended Header".
 */
import { ConnectorError } from '../../errors.ts';
import { concatBytes, decodeUtf8, encodeUtf8 } from '../../format/bytes.ts';
import { BLOCK_SIZE } from './tar-header.ts';

/** Records by key; of a key that comes twice the last counts. */
export type PaxRecords = Map<string, Uint8Array>;

const BLANK = 0x20;
const EQUALS = 0x3d;
const LINE_END = 0x0a;
/** Digits of a length: more than any header has bytes. */
const LENGTH_DIGITS_MAX = 10;

/** @throws ConnectorError CONNECTOR_INPUT where `bytes` are no records */
export function decodePaxRecords(bytes: Uint8Array): PaxRecords {
  const records: PaxRecords = new Map();
  for (let offset = 0; offset < bytes.length;) {
    // Some writers fill the block up with NULs and count them.
    if (bytes[offset] === 0) break;
    const blank = bytes.subarray(offset, offset + LENGTH_DIGITS_MAX + 1).indexOf(BLANK);
    const digits = blank < 0 ? '' : decodeUtf8(bytes.subarray(offset, offset + blank));
    const end = offset + Number(digits);
    const record = bytes.subarray(offset + blank + 1, end - 1);
    const equals = record.indexOf(EQUALS);
    const isRecord = /^\d+$/.test(digits) && end <= bytes.length && bytes[end - 1] === LINE_END && equals > 0;
    if (!isRecord) {
      throw new ConnectorError('CONNECTOR_INPUT', `a damaged extended header, in its byte ${offset}`);
    }
    records.set(decodeUtf8(record.subarray(0, equals)), record.slice(equals + 1));
    offset = end;
  }
  return records;
}

/** The records with a `comment` that fills up the last block. */
export function encodePaxRecords(records: PaxRecords): Uint8Array {
  const parts = [...records].map(([key, value]) => encodeRecord(key, value));
  const length = parts.reduce((sum, part) => sum + part.length, 0);
  return concatBytes([...parts, filler(BLOCK_SIZE - (length % BLOCK_SIZE))]);
}

function encodeRecord(key: string, value: Uint8Array): Uint8Array {
  const rest = concatBytes([encodeUtf8(` ${key}=`), value, Uint8Array.of(LINE_END)]);
  let length = rest.length;
  while (length !== rest.length + String(length).length) length = rest.length + String(length).length;
  return concatBytes([encodeUtf8(String(length)), rest]);
}

/** A record of exactly `space` bytes (1–512), or of a block more where that is too little for one. */
function filler(space: number): Uint8Array {
  const smallest = 'NNN comment=\n'.length;
  const length = space < smallest ? space + BLOCK_SIZE : space;
  const digits = String(length);
  return encodeUtf8(`${digits} comment=${' '.repeat(length - digits.length - ' comment=\n'.length)}\n`);
}

const ATTRIBUTE_PREFIX = 'SCHILY.xattr.';

/** The key of an extended attribute. GNU tar and bsdtar write what would end the key, `=`, as `%3D`, and so `%` as `%25`. */
export function attributeKey(name: string): string {
  return ATTRIBUTE_PREFIX + name.replaceAll('%', '%25').replaceAll('=', '%3D');
}

/** Inverse of {@link attributeKey}; undefined for another key. */
export function attributeName(key: string): string | undefined {
  if (!key.startsWith(ATTRIBUTE_PREFIX) || key.length === ATTRIBUTE_PREFIX.length) return undefined;
  const name = encodeUtf8(key.slice(ATTRIBUTE_PREFIX.length));
  const latin1 = String.fromCharCode(...name);
  const unescaped = latin1.replace(/%[0-9A-Fa-f]{2}/g, (escape) =>
    String.fromCharCode(Number.parseInt(escape.slice(1), 16)),
  );
  return decodeUtf8(Uint8Array.from(unescaped, (character) => character.charCodeAt(0)));
}
