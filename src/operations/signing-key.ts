import { open, readFile } from 'node:fs/promises';
import { systemError, systemErrorName } from '../connectors/system-error.ts';
import { isPtarError, UsageError } from '../errors.ts';
import {
  createSigner,
  decodeSigningKey,
  encodeSigningKey,
  formatPublicKey,
  openSigningKey,
  parsePublicKey,
  type Signer,
  type SigningKey,
} from '../format/index.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';
import type { PassphraseProvider } from './open-archive.ts';

const SEED_LENGTH = 32;
/** Longest file that is read as a key or as a list of them, in bytes. */
const KEY_FILE_SIZE_MAX = 64 * 1024;

/**
 * Makes a new key and writes it to a file of mode 0600, which must not be there yet; sealed where a passphrase is given.
 *
 * @returns its public key, as `--trusted-key` takes it
 * @throws UsageError where the file is there; ConnectorError CONNECTOR_PERMISSION, CONNECTOR_NO_SPACE, CONNECTOR_IO
 */
export async function generateSigningKey(path: string, passphrase?: Uint8Array): Promise<string> {
  const seed = nodePrimitives.randomBytes(SEED_LENGTH);
  const text = await encodeSigningKey(nodePrimitives, seed, passphrase);
  try {
    const file = await open(path, 'wx', 0o600);
    try {
      await file.writeFile(text);
      await file.sync();
    } finally {
      await file.close();
    }
  } catch (error) {
    if (systemErrorName(error) === 'EEXIST') {
      throw new UsageError(
        `${path} exists already; a key that is lost signs nothing more, so choose another name`,
      );
    }
    throw systemError(error, 'cannot write', path);
  }
  return formatPublicKey(nodePrimitives.ed25519.publicKey(seed));
}

/**
 * The signer whose key is in the file at `path`; `passphrase` is asked only where the key is sealed.
 * @throws UsageError where it is no key file or others may read it; KeyError; ConnectorError
 */
export async function readSigner(path: string, passphrase: PassphraseProvider): Promise<Signer> {
  const { key, mode } = await readKeyFile(path);
  // Windows has no such bits.
  if ('seed' in key && (mode & 0o077) !== 0 && process.platform !== 'win32') {
    throw new UsageError(
      `${path} can be read by others; make it private with chmod 600, or make a key with a passphrase`,
    );
  }
  return createSigner(nodePrimitives, await openSigningKey(nodePrimitives, key, passphrase));
}

/** The public key in the key file at `path`, in the form of `--trusted-key`. @throws UsageError; ConnectorError; KeyError */
export async function readPublicKey(path: string): Promise<string> {
  return formatPublicKey((await readKeyFile(path)).key.publicKey);
}

/**
 * Public keys of `ed25519:…` texts, and of files: key files, or lists with a key at the beginning of each line.
 * @returns 32 bytes each
 * @throws UsageError where one is neither; ConnectorError
 */
export async function readTrustedKeys(keysOrPaths: readonly string[]): Promise<readonly Uint8Array[]> {
  const keys: Uint8Array[] = [];
  for (const item of keysOrPaths) {
    const key = parsePublicKey(item);
    if (key === undefined) keys.push(...(await keysInFile(item)));
    else keys.push(key);
  }
  return keys;
}

async function keysInFile(path: string): Promise<readonly Uint8Array[]> {
  const { text } = await readText(path);
  const lines = text.split(/\r?\n/).filter((line) => line.trim() !== '' && !line.startsWith('#'));
  const keys = lines.map((line) => parsePublicKey(line.split(/\s/)[0] ?? ''));
  if (keys.length > 0 && keys.every((key) => key !== undefined)) return keys;
  return [decodeOrExplain(text, path).publicKey];
}

async function readKeyFile(path: string): Promise<{ readonly key: SigningKey; readonly mode: number }> {
  const { text, mode } = await readText(path);
  return { key: decodeOrExplain(text, path), mode };
}

function decodeOrExplain(text: string, path: string): SigningKey {
  try {
    return decodeSigningKey(text);
  } catch (error) {
    if (!isPtarError(error) || error.name === 'KeyError') throw error;
    throw new UsageError(`${path}: ${error.message}`, { cause: error });
  }
}

async function readText(path: string): Promise<{ readonly text: string; readonly mode: number }> {
  try {
    const file = await open(path, 'r');
    try {
      const { mode, size } = await file.stat();
      if (size > KEY_FILE_SIZE_MAX) throw new UsageError(`${path} is too long for a key; check the path`);
      return { text: await readFile(file, 'utf8'), mode };
    } finally {
      await file.close();
    }
  } catch (error) {
    throw systemError(error, 'cannot read', path);
  }
}
