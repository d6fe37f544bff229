import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { Signer } from '../format/index.ts';
import type { Invocation } from './invocation.ts';
import { appendList } from './options.ts';
import { readPassphrase, type PassphraseFlags, type PassphrasePurpose } from './passphrase.ts';

/** Where the passphrase of a signing key comes from. */
export interface KeyPassphraseFlags {
  readonly keyPassphraseFile?: string;
  readonly keyPassphraseCommand?: string;
}

/** Options of every command that signs. */
export interface SignFlags extends KeyPassphraseFlags {
  readonly sign?: string;
}

/** Options of every command that verifies signatures. */
export interface TrustedKeyFlags {
  readonly trustedKey?: readonly string[];
}

/** Adds `--key-passphrase-file` and `--key-passphrase-command`. */
export function addKeyPassphraseOptions(command: Command): Command {
  return command
    .option('--key-passphrase-file <FILE>', 'read the passphrase of the signing key from FILE')
    .option('--key-passphrase-command <COMMAND>', 'read it from what COMMAND prints');
}

/** Adds `--sign` and where the passphrase of its key comes from. */
export function addSignOptions(command: Command): Command {
  command.option('--sign <KEYFILE>', 'sign the snapshots with this key (see ptar key)');
  return addKeyPassphraseOptions(command);
}

/** Adds `--trusted-key`. */
export function addTrustedKeyOption(command: Command): Command {
  return command.option(
    '--trusted-key <KEYS>',
    'ed25519:… or files with such keys: every snapshot must be signed by one of them',
    appendList,
  );
}

/** Asks the sources of a signing key's passphrase. @throws as `readPassphrase` */
export function readKeyPassphrase(
  { terminal, signal }: Invocation,
  flags: KeyPassphraseFlags,
  purpose: Extract<PassphrasePurpose, 'openKey' | 'createKey'>,
): Promise<Uint8Array | undefined> {
  const { keyPassphraseFile, keyPassphraseCommand } = flags;
  const passphraseFlags: PassphraseFlags = {
    ...(keyPassphraseFile !== undefined && { passphraseFile: keyPassphraseFile }),
    ...(keyPassphraseCommand !== undefined && { passphraseCommand: keyPassphraseCommand }),
  };
  return readPassphrase(terminal, passphraseFlags, purpose, signal);
}

/** The signer that `--sign` asks for. @throws UsageError; KeyError; ConnectorError */
export async function signerOf(invocation: Invocation, flags: SignFlags): Promise<Signer | undefined> {
  if (flags.sign === undefined) {
    if ((flags.keyPassphraseFile ?? flags.keyPassphraseCommand) === undefined) return undefined;
    throw new UsageError('a passphrase for a signing key, but no --sign with the key');
  }
  const { readSigner } = await import('../operations/signing-key.ts');
  return readSigner(flags.sign, () => readKeyPassphrase(invocation, flags, 'openKey'));
}

/** The keys of `--trusted-key`; undefined without it. @throws UsageError; ConnectorError */
export async function trustedKeysOf(flags: TrustedKeyFlags): Promise<readonly Uint8Array[] | undefined> {
  if (flags.trustedKey === undefined) return undefined;
  const { readTrustedKeys } = await import('../operations/signing-key.ts');
  return readTrustedKeys(flags.trustedKey);
}
