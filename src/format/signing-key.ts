/**
 * Keys that sign snapshots, as text: a public key on one line, a private key as a small file.
 *
 *     ptar signing key v1
 *     public: ed25519:<64 hex digits>
 *     seed: <64 hex digits>
 *
 * Under a passphrase, `seed` gives way to the derivation of a key (RFC 7914: salt, log2 N; r = 8, p = 1) and to the seed sealed under
 * it (specification "Sealing"):
 *
 *     scrypt: <32 hex digits> 17
 *     sealed: <200 hex digits>
 *
 * Empty lines and lines that begin with `#` say nothing.
 */
import { FormatError, IntegrityError, KeyError } from '../errors.ts';
import { equalBytes, fromHex, toHex } from './bytes.ts';
import { SCRYPT_MEMORY_MAX } from './limits.ts';
import type { Primitives } from './ports.ts';
import { sealedLength } from './sealing.ts';

const VERSION_LINE = 'ptar signing key v1';
const PUBLIC_KEY_PREFIX = 'ed25519:';
const KEY_LENGTH = 32;
const SALT_LENGTH = 16;
const SCRYPT_R = 8;
/** 128 MiB: a key file may be attacked for years. */
const SCRYPT_LOG_N = 17;
/** Longest text that is taken for a signing key, in characters. */
const TEXT_LENGTH_MAX = 16 * 1024;

/** A signing key as a file has it. The seed is either plain or sealed under a passphrase. */
export type SigningKey =
  | { readonly publicKey: Uint8Array; readonly seed: Uint8Array }
  | {
      readonly publicKey: Uint8Array;
      readonly sealed: { readonly seed: Uint8Array; readonly salt: Uint8Array; readonly logN: number };
    };

/** `ed25519:` and 64 hex digits. */
export function formatPublicKey(publicKey: Uint8Array): string {
  return PUBLIC_KEY_PREFIX + toHex(publicKey);
}

/** Inverse of {@link formatPublicKey}; undefined for any other text. */
export function parsePublicKey(text: string): Uint8Array | undefined {
  return text.startsWith(PUBLIC_KEY_PREFIX)
    ? hexOf(text.slice(PUBLIC_KEY_PREFIX.length), KEY_LENGTH)
    : undefined;
}

/** The text of a key file for `seed`; with a passphrase the seed is sealed under it. */
export async function encodeSigningKey(
  primitives: Primitives,
  seed: Uint8Array,
  passphrase?: Uint8Array,
): Promise<string> {
  const lines = [VERSION_LINE, `public: ${formatPublicKey(primitives.ed25519.publicKey(seed))}`];
  if (passphrase === undefined) {
    lines.push(`seed: ${toHex(seed)}`);
  } else {
    const salt = primitives.randomBytes(SALT_LENGTH);
    const key = await deriveKey(primitives, passphrase, salt, SCRYPT_LOG_N);
    lines.push(`scrypt: ${toHex(salt)} ${SCRYPT_LOG_N}`);
    lines.push(`sealed: ${toHex(primitives.sealer(key).seal(seed))}`);
  }
  return `${lines.join('\n')}\n`;
}

/** Reads the text of a key file. @throws FormatError FORMAT_FOREIGN, FORMAT_VERSION, FORMAT_ENCODING; KeyError KEY_COST */
export function decodeSigningKey(text: string): SigningKey {
  const fields = fieldsOf(text);
  const publicKey = parsePublicKey(fields.get('public') ?? '');
  if (publicKey === undefined) malformed('its public key is missing or damaged');
  if (fields.has('seed')) {
    const seed = hexOf(fields.get('seed') ?? '', KEY_LENGTH);
    if (seed === undefined || fields.size !== 2) malformed('its seed is damaged');
    return { publicKey, seed };
  }
  const [, saltText = '', logNText = ''] =
    /^([0-9a-f]+) ([0-9]{1,2})$/.exec(fields.get('scrypt') ?? '') ?? [];
  const salt = hexOf(saltText, SALT_LENGTH);
  const sealed = hexOf(fields.get('sealed') ?? '', sealedLength(KEY_LENGTH));
  if (salt === undefined || sealed === undefined || fields.size !== 3) {
    malformed('its sealed seed is damaged');
  }
  const logN = Number(logNText);
  if (logN < 1 || 128 * 2 ** logN * SCRYPT_R > SCRYPT_MEMORY_MAX) {
    throw new KeyError(
      'KEY_COST',
      `the signing key asks for a scrypt N of 2^${logN}: it is damaged or hostile`,
    );
  }
  return { publicKey, sealed: { seed: sealed, salt, logN } };
}

/**
 * The 32-byte seed of a key. `passphrase` is asked only where it is needed.
 * @throws KeyError KEY_MISSING, KEY_WRONG; IntegrityError INTEGRITY_SIGNATURE where it is not the public key's
 */
export async function openSigningKey(
  primitives: Primitives,
  key: SigningKey,
  passphrase: () => Promise<Uint8Array | undefined>,
): Promise<Uint8Array> {
  const seed = 'seed' in key ? key.seed : await unsealSeed(primitives, key.sealed, await passphrase());
  if (!equalBytes(primitives.ed25519.publicKey(seed), key.publicKey)) {
    throw new IntegrityError(
      'INTEGRITY_SIGNATURE',
      'the signing key does not belong to its public key: it was changed',
    );
  }
  return seed;
}

async function unsealSeed(
  primitives: Primitives,
  { seed, salt, logN }: { readonly seed: Uint8Array; readonly salt: Uint8Array; readonly logN: number },
  passphrase: Uint8Array | undefined,
): Promise<Uint8Array> {
  if (passphrase === undefined) {
    throw new KeyError('KEY_MISSING', 'the signing key is encrypted: give its passphrase');
  }
  const key = await deriveKey(primitives, passphrase, salt, logN);
  try {
    return primitives.sealer(key).open(seed);
  } catch (error) {
    if (!(error instanceof IntegrityError)) throw error;
    throw new KeyError('KEY_WRONG', 'the passphrase does not open this signing key');
  }
}

function deriveKey(
  primitives: Primitives,
  passphrase: Uint8Array,
  salt: Uint8Array,
  logN: number,
): Promise<Uint8Array> {
  const cost = { kdf: 'SCRYPT', salt, n: 2 ** logN, r: SCRYPT_R, p: 1, keyLength: KEY_LENGTH } as const;
  return primitives.deriveKey(cost, passphrase);
}

function fieldsOf(text: string): Map<string, string> {
  if (text.length > TEXT_LENGTH_MAX) foreign();
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const [version = '', ...rest] = lines;
  if (version !== VERSION_LINE) {
    if (!version.startsWith('ptar signing key v')) foreign();
    throw new FormatError('FORMAT_VERSION', 'the signing key is of a newer version: use a newer ptar');
  }
  const fields = new Map<string, string>();
  for (const line of rest) {
    const [, name, value] = /^([a-z]+): (\S.*)$/.exec(line) ?? [];
    if (name === undefined || value === undefined || fields.has(name)) {
      malformed('a line is damaged or there twice');
    }
    fields.set(name, value);
  }
  return fields;
}

function hexOf(text: string, length: number): Uint8Array | undefined {
  const bytes = fromHex(text);
  return bytes?.length === length ? bytes : undefined;
}

function foreign(): never {
  throw new FormatError('FORMAT_FOREIGN', `not a signing key: its first line is not "${VERSION_LINE}"`);
}

function malformed(problem: string): never {
  throw new FormatError('FORMAT_ENCODING', `not a usable signing key: ${problem}`);
}
