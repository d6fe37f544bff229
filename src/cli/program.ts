import { Command } from 'commander';
import { VERSION } from '../operations/client.ts';
import { addAddCommand } from './add.ts';
import { addApplyCommand } from './apply.ts';
import { addCatCommand } from './cat.ts';
import { addCheckCommand } from './check.ts';
import { addCopyCommand } from './copy.ts';
import { addCompletionCommand } from './completion/command.ts';
import { addCreateCommand } from './create.ts';
import { addDescribeCommand } from './describe.ts';
import { addDiffCommand } from './diff.ts';
import { EXIT_HELP } from './exit-codes.ts';
import { addExtractCommand } from './extract.ts';
import { addGetCommand } from './get.ts';
import { addHistoryCommand } from './history.ts';
import { addImagesCommand } from './images.ts';
import { addInfoCommand } from './info.ts';
import type { RunAction } from './invocation.ts';
import { addJoinCommand } from './join.ts';
import { addKeyCommand } from './key.ts';
import { addListCommand } from './ls.ts';
import { addParityCommand } from './parity.ts';
import { addPreflightCommand } from './preflight.ts';
import { addPlanCommand } from './plan.ts';
import type { Invoked } from './program-name.ts';
import { addRestoreCommand } from './restore.ts';
import { addSearchCommand } from './search.ts';
import { addSalvageCommand } from './salvage.ts';
import { addSplitCommand } from './split.ts';
import { addTimelineCommand } from './timeline.ts';
import type { Terminal } from './terminal.ts';
import { addResumeCommand, addUndoCommand } from './undo.ts';

/** The whole command line: what `ptar --help` shows. */
export function buildProgram(terminal: Terminal, run: RunAction, name: Invoked['name'] = 'ptar'): Command {
  const program = new Command(name);
  program
    .description('Kubernetes clusters in one encrypted file: capture, browse offline, restore what you pick.')
    .version(VERSION, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print help')
    .helpCommand('help [COMMAND]', 'print help for a command')
    .showHelpAfterError('(see --help)')
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void terminal.result(text).catch(() => undefined),
      writeErr: (text) => {
        terminal.noteRaw(text);
      },
      outputError: (text) => {
        terminal.error(
          text
            .replace(/^error: /, '')
            .trim()
            .replaceAll('\n', ' '),
        );
      },
    })
    .addHelpText('after', `\n${EXIT_HELP}`);
  for (const add of [
    addCreateCommand,
    addAddCommand,
    addListCommand,
    addGetCommand,
    addDescribeCommand,
    addCatCommand,
    addInfoCommand,
    addCheckCommand,
    addDiffCommand,
    addHistoryCommand,
    addTimelineCommand,
    addSearchCommand,
    addExtractCommand,
    addPlanCommand,
    addApplyCommand,
    addRestoreCommand,
    addResumeCommand,
    addUndoCommand,
    addPreflightCommand,
    addImagesCommand,
    addCopyCommand,
    addJoinCommand,
    addSplitCommand,
    addParityCommand,
    addSalvageCommand,
    addKeyCommand,
    addCompletionCommand,
  ]) {
    add(program, run);
  }
  return program;
}
