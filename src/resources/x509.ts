/**
 * What an X.509 certificate says about itself: for whom, by whom, how long. Nothing is verified, and keys are passed over.
 *
 * Source: RFC 5280 §4.1, §4.2.1.6, §4.2.1.9; ITU-T X.690 (DER); RFC 7468 (PEM).
 */
import { FormatError } from '../errors.ts';

/** A certificate, as text. */
export interface Certificate {
  /** `CN=web,O=Shop`, in the order of the certificate. */
  readonly subject: string;
  readonly issuer: string;
  /** Hexadecimal digits. */
  readonly serial: string;
  /** Unix milliseconds. */
  readonly notBeforeMs: number;
  /** Unix milliseconds; the last second in which it is valid. */
  readonly notAfterMs: number;
  /** `DNS:web.shop.svc`, `IP:10.0.0.1`, `URI:spiffe://…`, `email:…`. */
  readonly alternativeNames: readonly string[];
  /** May sign certificates. */
  readonly isAuthority: boolean;
}

/** Longest certificate that is read (bytes). */
const CERTIFICATE_SIZE_MAX = 1 << 16;
/** Most certificates that are read of one text. */
export const CERTIFICATES_MAX = 1000;
const PEM = /-----BEGIN CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END CERTIFICATE-----/g;

const ATTRIBUTE_NAMES: Readonly<Record<string, string>> = {
  '2.5.4.3': 'CN',
  '2.5.4.5': 'serialNumber',
  '2.5.4.6': 'C',
  '2.5.4.7': 'L',
  '2.5.4.8': 'ST',
  '2.5.4.9': 'street',
  '2.5.4.10': 'O',
  '2.5.4.11': 'OU',
  '0.9.2342.19200300.100.1.25': 'DC',
  '1.2.840.113549.1.9.1': 'emailAddress',
};
const ALTERNATIVE_NAME = '2.5.29.17';
const BASIC_CONSTRAINTS = '2.5.29.19';

/** Tags, with class and form. */
const TAG = {
  boolean: 0x01,
  integer: 0x02,
  octets: 0x04,
  oid: 0x06,
  utcTime: 0x17,
  generalizedTime: 0x18,
  bmpString: 0x1e,
  utf8String: 0x0c,
  sequence: 0x30,
  set: 0x31,
  version: 0xa0,
  extensions: 0xa3,
} as const;

interface Element {
  readonly tag: number;
  readonly content: Uint8Array;
}

/** The DER bytes of the certificates in `text`, at most {@link CERTIFICATES_MAX}; whatever else is there is passed over. */
export function certificatesInPem(text: string): Uint8Array[] {
  const found: Uint8Array[] = [];
  for (const [, body = ''] of text.matchAll(PEM)) {
    if (found.length === CERTIFICATES_MAX) break;
    found.push(bytesFromBase64(body));
  }
  return found;
}

/** What base64 text stands for, white space and whatever is no digit passed over; empty for what is none. */
export function bytesFromBase64(text: string): Uint8Array {
  const digits = text.replace(/[^A-Za-z0-9+/]/g, '');
  if (digits.length % 4 === 1) return new Uint8Array();
  return Uint8Array.from(atob(digits), (character) => character.charCodeAt(0));
}

/** @throws FormatError FORMAT_ENCODING for what is no certificate, FORMAT_LIMIT above 64 KiB */
export function parseCertificate(der: Uint8Array): Certificate {
  if (der.length > CERTIFICATE_SIZE_MAX) {
    throw new FormatError('FORMAT_LIMIT', `a certificate of ${der.length} bytes is longer than any in use`);
  }
  const [certificate] = elements(der);
  const [body] = elements(contentOf(certificate, TAG.sequence));
  const fields = elements(contentOf(body, TAG.sequence));
  const [serial, , issuer, validity, subject] = fields[0]?.tag === TAG.version ? fields.slice(1) : fields;
  const [notBefore, notAfter] = elements(contentOf(validity, TAG.sequence));
  const extensions = extensionsOf(fields.find(({ tag }) => tag === TAG.extensions));
  const constraints = extensions.get(BASIC_CONSTRAINTS);
  const names = extensions.get(ALTERNATIVE_NAME);
  return {
    subject: nameText(contentOf(subject, TAG.sequence)),
    issuer: nameText(contentOf(issuer, TAG.sequence)),
    serial: hex(contentOf(serial, TAG.integer)),
    notBeforeMs: timeOf(notBefore),
    notAfterMs: timeOf(notAfter),
    alternativeNames:
      names === undefined
        ? []
        : elements(contentOf(elements(names)[0], TAG.sequence)).flatMap(alternativeName),
    isAuthority: constraints !== undefined && isAuthority(constraints),
  };
}

function broken(what: string): FormatError {
  return new FormatError('FORMAT_ENCODING', `not a certificate: ${what}`, { section: 'RFC 5280 §4.1' });
}

/** The elements that follow each other in `bytes`, each held against what is left. */
function elements(bytes: Uint8Array): Element[] {
  const found: Element[] = [];
  let at = 0;
  while (at < bytes.length) {
    const tag = bytes[at++] ?? 0;
    let length = bytes[at++];
    if (length === undefined || (tag & 0x1f) === 0x1f) throw broken('an element without a length');
    if (length >= 0x80) {
      const count = length & 0x7f;
      if (count === 0 || count > 3 || at + count > bytes.length) throw broken('a length out of bounds');
      length = bytes.subarray(at, at + count).reduce((sum, byte) => sum * 256 + byte, 0);
      at += count;
    }
    if (at + length > bytes.length) throw broken('an element longer than what is left');
    found.push({ tag, content: bytes.subarray(at, at + length) });
    at += length;
  }
  return found;
}

function contentOf(element: Element | undefined, tag: number): Uint8Array {
  if (element?.tag !== tag) throw broken('another element was expected');
  return element.content;
}

function extensionsOf(element: Element | undefined): ReadonlyMap<string, Uint8Array> {
  const found = new Map<string, Uint8Array>();
  if (element === undefined) return found;
  for (const extension of elements(contentOf(elements(element.content)[0], TAG.sequence))) {
    const [id, ...rest] = elements(contentOf(extension, TAG.sequence));
    found.set(oidText(contentOf(id, TAG.oid)), contentOf(rest.at(-1), TAG.octets));
  }
  return found;
}

function isAuthority(constraints: Uint8Array): boolean {
  const [first] = elements(contentOf(elements(constraints)[0], TAG.sequence));
  return first?.tag === TAG.boolean && first.content[0] === 0xff;
}

function nameText(name: Uint8Array): string {
  return elements(name)
    .flatMap((set) => elements(contentOf(set, TAG.set)))
    .map((attribute) => {
      const [id, value] = elements(contentOf(attribute, TAG.sequence));
      const oid = oidText(contentOf(id, TAG.oid));
      return `${ATTRIBUTE_NAMES[oid] ?? oid}=${value === undefined ? '' : stringOf(value)}`;
    })
    .join(',');
}

function alternativeName({ tag, content }: Element): string[] {
  switch (tag) {
    case 0x81:
      return [`email:${latin1(content)}`];
    case 0x82:
      return [`DNS:${latin1(content)}`];
    case 0x86:
      return [`URI:${latin1(content)}`];
    case 0x87:
      return [`IP:${addressText(content)}`];
    default:
      return [];
  }
}

function addressText(bytes: Uint8Array): string {
  if (bytes.length === 4) return bytes.join('.');
  const groups = Array.from({ length: bytes.length >> 1 }, (_, index) =>
    ((bytes[index * 2] ?? 0) * 256 + (bytes[index * 2 + 1] ?? 0)).toString(16),
  );
  return groups.join(':');
}

function stringOf({ tag, content }: Element): string {
  if (tag === TAG.utf8String) return new TextDecoder().decode(content);
  if (tag !== TAG.bmpString) return latin1(content);
  return Array.from({ length: content.length >> 1 }, (_, index) =>
    String.fromCharCode((content[index * 2] ?? 0) * 256 + (content[index * 2 + 1] ?? 0)),
  ).join('');
}

function latin1(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => String.fromCharCode(byte)).join('');
}

function hex(bytes: Uint8Array): string {
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}

function oidText(bytes: Uint8Array): string {
  const numbers: number[] = [];
  let value = 0;
  for (const byte of bytes) {
    value = value * 128 + (byte & 0x7f);
    if (byte < 0x80) {
      numbers.push(value);
      value = 0;
    }
  }
  const first = numbers[0] ?? 0;
  const top = Math.min(2, Math.floor(first / 40));
  return [top, first - top * 40, ...numbers.slice(1)].join('.');
}

/** RFC 5280 §4.1.2.5: always in UTC, with seconds; two digits of a year from 50 on are of the twentieth century. */
function timeOf(element: Element | undefined): number {
  const text = element === undefined ? '' : latin1(element.content);
  const isShort = element?.tag === TAG.utcTime;
  if (!isShort && element?.tag !== TAG.generalizedTime) throw broken('a time was expected');
  const full = isShort ? `${Number(text.slice(0, 2)) >= 50 ? '19' : '20'}${text}` : text;
  const parts = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)Z$/.exec(full);
  if (parts === null) throw broken('a time that is not in UTC with seconds');
  const [, year, month, day, hour, minute, second] = parts;
  const ms = Date.parse(
    `${year ?? ''}-${month ?? ''}-${day ?? ''}T${hour ?? ''}:${minute ?? ''}:${second ?? ''}Z`,
  );
  if (Number.isNaN(ms)) {
    throw broken('a time that there is not');
  }
  return ms;
}
