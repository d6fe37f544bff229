import { type Command, Option } from 'commander';
import { KeyError, UsageError } from '../errors.ts';
import type { CreateOptions } from '../format/index.ts';
import type { Invocation } from './invocation.ts';
import { readPassphrase, type PassphraseFlags, type PassphrasePurpose } from './passphrase.ts';

const COMPRESSIONS = { lz4: 'LZ4', 'lz4:9': 'LZ4:9', gzip: 'GZIP', none: 'none' } as const;
const HASHINGS = { blake3: 'BLAKE3', sha256: 'SHA256' } as const;
const KDFS = { argon2id: 'ARGON2ID', scrypt: 'SCRYPT', pbkdf2: 'PBKDF2' } as const;

/** Options of every command that makes an archive of its own. */
export interface ArchiveFormFlags {
  readonly output: string;
  readonly overwrite?: boolean;
  readonly plaintext?: boolean;
  readonly compression: keyof typeof COMPRESSIONS;
  readonly hashing: keyof typeof HASHINGS;
  readonly kdf: keyof typeof KDFS;
}

/** Adds `--plaintext`, `--compression`, `--hashing` and `--kdf`. */
export function addArchiveFormOptions(command: Command): Command {
  return command
    .option('--plaintext', 'do not encrypt')
    .addOption(choice('--compression <ALGORITHM>', 'how to compress', COMPRESSIONS, 'lz4'))
    .addOption(choice('--hashing <ALGORITHM>', 'how to hash', HASHINGS, 'blake3'))
    .addOption(choice('--kdf <FUNCTION>', 'how to make a key of the passphrase', KDFS, 'argon2id'));
}

function choice(
  flags: string,
  description: string,
  choices: Readonly<Record<string, string>>,
  standard: string,
): Option {
  return new Option(flags, description).choices(Object.keys(choices)).default(standard);
}

/** What the flags say of hashing and compression. */
export function archiveForm(
  flags: ArchiveFormFlags,
): Required<Pick<CreateOptions, 'hashing' | 'compression'>> {
  return { hashing: HASHINGS[flags.hashing], compression: COMPRESSIONS[flags.compression] };
}

/** Where the passphrase of a new archive comes from. */
export interface NewPassphrase {
  readonly flags: PassphraseFlags;
  readonly purpose: PassphrasePurpose;
  /** The flags and the variable, for messages. */
  readonly sources: string;
}

/** @throws UsageError where `--plaintext` meets a passphrase for the same archive */
export function checkPlaintext(flags: ArchiveFormFlags, passphrase: NewPassphrase): void {
  const { passphraseFile, passphraseCommand } = passphrase.flags;
  if (flags.plaintext === true && (passphraseFile ?? passphraseCommand) !== undefined) {
    throw new UsageError('--plaintext makes no use of a passphrase; leave one of the two out');
  }
}

/** Asks for the passphrase of a new archive. @throws KeyError KEY_MISSING where there is none, and as `readPassphrase` */
export async function encryptionOf(
  { terminal, signal }: Invocation,
  flags: ArchiveFormFlags,
  { flags: passphraseFlags, purpose, sources }: NewPassphrase,
): Promise<CreateOptions['encryption']> {
  if (flags.plaintext === true) return 'plaintext';
  const passphrase = await readPassphrase(terminal, passphraseFlags, purpose, signal);
  if (passphrase !== undefined) return { passphrase, kdf: KDFS[flags.kdf] };
  throw new KeyError(
    'KEY_MISSING',
    `no passphrase for ${flags.output}: give one with ${sources}, or use --plaintext`,
  );
}
