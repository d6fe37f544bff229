import type { Argument, Command, Option } from 'commander';
import type { Terminal } from '../terminal.ts';
import { type Candidate, type Completion, NOTHING, words } from './candidates.ts';
import { readLine, type TypedLine } from './command-line.ts';
import { valueSourceOf } from './value-sources.ts';

/**
 * What can stand at the end of `line`.
 * @param line the words after the program's name; the last is the one at the cursor, perhaps empty
 */
export async function completionOf(
  program: Command,
  terminal: Terminal,
  line: readonly string[],
): Promise<Completion> {
  const typedLine = readLine(program, line);
  const { command, place, positionals } = typedLine;
  switch (place.at) {
    case 'command':
      return words(commandCandidates(command));
    case 'option':
      return words(optionCandidates(typedLine));
    case 'value':
      return values(place.of, place.typed, place.lead, { typedLine, terminal });
    case 'argument': {
      if (command === program && positionals[0] === 'help') return words(commandCandidates(program));
      if (place.of === undefined) return NOTHING;
      return values(place.of, line.at(-1) ?? '', '', { typedLine, terminal });
    }
  }
}

/** Candidates for a value, with what stands before it in the same word. */
async function values(
  of: Option | Argument,
  typed: string,
  lead: string,
  context: { readonly typedLine: TypedLine; readonly terminal: Terminal },
): Promise<Completion> {
  const { typedLine, terminal } = context;
  // `--kind deploy,st`: only the last item is at the cursor.
  const comma = isList(of) ? typed.lastIndexOf(',') + 1 : 0;
  const before = lead + typed.slice(0, comma);
  const { candidates, directive } =
    of.argChoices === undefined
      ? await (valueSourceOf(of)?.({ ...typedLine, terminal, typed: typed.slice(comma) }) ?? NOTHING)
      : words(of.argChoices.map((value) => ({ value })));
  return {
    candidates: candidates.map((candidate) => ({ ...candidate, value: before + candidate.value })),
    directive,
  };
}

function isList(of: Option | Argument): boolean {
  return 'flags' in of && of.parseArg?.name === 'appendList';
}

function commandCandidates(command: Command): readonly Candidate[] {
  return command
    .createHelp()
    .visibleCommands(command)
    .map((child) => ({ value: child.name(), description: child.summary() || child.description() }));
}

function optionCandidates({ command, options }: TypedLine): readonly Candidate[] {
  return command
    .createHelp()
    .visibleOptions(command)
    .filter((option) => option.parseArg !== undefined || !options.has(option.attributeName()))
    .map(({ long, short, description }) => ({ value: long ?? short ?? '', description }));
}
