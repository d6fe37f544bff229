import type { Command } from 'commander';
import { KeyError, UsageError } from '../errors.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addKeyPassphraseOptions, readKeyPassphrase, type KeyPassphraseFlags } from './key-options.ts';
import { addExamples, prose } from './options.ts';

interface GenerateFlags extends KeyPassphraseFlags {
  readonly output: string;
  readonly withoutPassphrase?: boolean;
}

/** `ptar key`: keys that sign snapshots. */
export function addKeyCommand(program: Command, run: RunAction): void {
  const command = program
    .command('key')
    .summary('make keys that sign snapshots')
    .description(
      prose(`Make and show Ed25519 keys. Whoever holds the key file can sign snapshots (--sign of create, add and copy); whoever
has the public key can check who made them (--trusted-key of check).`),
    );
  addExamples(command, [
    [
      'A key under a passphrase, and its public part for those who check',
      'ptar key generate -o backup.key > backup.pub',
    ],
    [
      'Sign, and check',
      'ptar create -o prod.ptar --sign backup.key k8s://\n  ptar check prod.ptar --trusted-key backup.pub',
    ],
  ]);
  const generate = command
    .command('generate')
    .summary('make a key')
    .description(
      prose(`Write a new signing key to a file of its own that only you can read, sealed under a passphrase from
--key-passphrase-file, --key-passphrase-command, PTAR_KEY_PASSPHRASE, or asked for. Prints the public key.`),
    )
    .requiredOption('-o, --output <FILE>', 'the key file to make')
    .option('--without-passphrase', 'do not seal the key: whoever reads the file can sign');
  addKeyPassphraseOptions(generate);
  generate.action((flags: GenerateFlags) => run((invocation) => generateKey(invocation, flags)));
  command
    .command('public')
    .summary('print the public key of a key file')
    .argument('<FILE>', 'the key file')
    .action((file: string) => run((invocation) => printPublicKey(invocation, file)));
}

async function generateKey(invocation: Invocation, flags: GenerateFlags): Promise<ExitCode> {
  const isGiven = (flags.keyPassphraseFile ?? flags.keyPassphraseCommand) !== undefined;
  if (flags.withoutPassphrase === true && isGiven) {
    throw new UsageError('--without-passphrase makes no use of a passphrase; leave one of the two out');
  }
  const passphrase =
    flags.withoutPassphrase === true ? undefined : await readKeyPassphrase(invocation, flags, 'createKey');
  if (passphrase === undefined && flags.withoutPassphrase !== true) {
    throw new KeyError(
      'KEY_MISSING',
      'no passphrase for the key: give one with --key-passphrase-file, --key-passphrase-command or PTAR_KEY_PASSPHRASE, or use --without-passphrase',
    );
  }
  const { generateSigningKey } = await import('../operations/signing-key.ts');
  await invocation.terminal.resultLine(await generateSigningKey(flags.output, passphrase));
  return EXIT.done;
}

async function printPublicKey({ terminal }: Invocation, file: string): Promise<ExitCode> {
  const { readPublicKey } = await import('../operations/signing-key.ts');
  await terminal.resultLine(await readPublicKey(file));
  return EXIT.done;
}
