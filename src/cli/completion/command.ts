import { Argument, type Command } from 'commander';
import { EXIT } from '../exit-codes.ts';
import type { RunAction } from '../invocation.ts';
import { addExamples, prose } from '../options.ts';
import type { CompletionShell } from './scripts.ts';

const SHELLS = ['bash', 'zsh', 'fish', 'powershell'] as const satisfies readonly CompletionShell[];

/** `ptar completion`: prints what a shell loads to complete `ptar`. */
export function addCompletionCommand(program: Command, run: RunAction): void {
  const command = program
    .command('completion')
    .summary('print completion for a shell')
    .description(
      prose(`Print what SHELL loads to complete commands, options and their values: contexts and namespaces of clusters, snapshots, kinds
and objects of an archive. An archive is opened where that needs no question: it is not encrypted, or its passphrase is in PTAR_PASSPHRASE
or a file.`),
    )
    .addArgument(new Argument('<SHELL>', 'the shell').choices(SHELLS));
  addExamples(command, [
    ['In ~/.bashrc', 'source <(ptar completion bash)'],
    ['In ~/.zshrc, after compinit', 'source <(ptar completion zsh)'],
    ['In ~/.config/fish/config.fish', 'ptar completion fish | source'],
    ['In the profile of PowerShell', 'ptar completion powershell | Out-String | Invoke-Expression'],
  ]);
  command.action((shell: CompletionShell) =>
    run(async ({ terminal }) => {
      const { COMPLETION_SCRIPTS } = await import('./scripts.ts');
      await terminal.result(COMPLETION_SCRIPTS[shell]);
      return EXIT.done;
    }),
  );
}
