import type { Command } from 'commander';
import { addCaptureOptions, captureAndReport, type CaptureFlags } from './capture-command.ts';
import type { RunAction } from './invocation.ts';
import { addExamples, prose } from './options.ts';
import { isPassphraseGiven, readPassphrase } from './passphrase.ts';

interface AddFlags extends CaptureFlags {
  readonly full?: boolean;
}

/** `ptar add`: captures sources into an archive that is there. */
export function addAddCommand(program: Command, run: RunAction): void {
  const command = program
    .command('add')
    .summary('capture into an archive that is there already')
    .description(
      prose(`Capture SOURCES as further snapshots of the archive FILE, under its key, hashing and compression. What it holds
already is neither stored nor sealed again. SOURCES are those of ptar create.

The archive is written anew beside itself and replaced when complete; until then, and when anything goes wrong, it stays as
it was. While it is written nobody else can add to it, and if somebody replaces it meanwhile, nothing is lost: the command
ends with exit code 7.

Files whose size, modification time and inode are those of the last snapshot of the same source are not read again.`),
    )
    .argument('<FILE>', 'the archive')
    .argument('<SOURCE...>', 'what to capture')
    .option('--full', 'read every file, also those that seem unchanged');
  addCaptureOptions(command);
  addExamples(command, [['Every night, one more snapshot of the cluster', 'ptar add prod.ptar k8s://prod']]);
  command.action((file: string, sources: string[], flags: AddFlags) =>
    run(async (invocation) => {
      const { addSnapshots } = await import('../operations/add-snapshot.ts');
      const { terminal, signal } = invocation;
      const passphrase = (): ReturnType<typeof readPassphrase> =>
        readPassphrase(terminal, flags, 'open', signal);
      return captureAndReport(invocation, sources, flags, (request) =>
        addSnapshots({
          ...request,
          archivePath: file,
          passphrase,
          expectsEncryption: isPassphraseGiven(terminal, flags, 'open'),
          full: flags.full ?? false,
        }),
      );
    }),
  );
}
