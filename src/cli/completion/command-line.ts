import type { Argument, Command, Option } from 'commander';

/** What a command line says before the word at the cursor, by commander's rules. */
export interface TypedLine {
  readonly command: Command;
  readonly positionals: readonly string[];
  /** Values by attribute name (`asGroup`), in the order they were given; flags have none. */
  readonly options: ReadonlyMap<string, readonly string[]>;
  /** Where the word at the cursor stands. */
  readonly place:
    | { readonly at: 'command' | 'option' }
    | { readonly at: 'value'; readonly of: Option; readonly lead: string; readonly typed: string }
    | { readonly at: 'argument'; readonly of: Argument | undefined };
}

/** Reads the words of a command line against the tree of commands. The last word is the one at the cursor, perhaps empty. */
export function readLine(program: Command, line: readonly string[]): TypedLine {
  let command = program;
  const positionals: string[] = [];
  const options = new Map<string, string[]>();
  let pending: Option | undefined;
  let onlyPositionals = false;
  const give = (option: Option, value?: string): void => {
    const name = option.attributeName();
    options.set(name, [...(options.get(name) ?? []), ...(value === undefined ? [] : [value])]);
  };
  for (const word of line.slice(0, -1)) {
    if (pending !== undefined) {
      give(pending, word);
      pending = undefined;
    } else if (onlyPositionals || !word.startsWith('-') || word === '-') {
      const child = positionals.length === 0 ? childNamed(command, word) : undefined;
      if (child === undefined) positionals.push(word);
      else command = child;
    } else if (word === '--') {
      onlyPositionals = true;
    } else {
      const { option, value } = readOption(command, word);
      if (option === undefined) continue;
      if (value === undefined && option.required) pending = option;
      else give(option, value);
    }
  }
  const typed = line.at(-1) ?? '';
  const place = placeOf(command, typed, pending, onlyPositionals, positionals.length);
  return { command, positionals, options, place };
}

function placeOf(
  command: Command,
  typed: string,
  pending: Option | undefined,
  onlyPositionals: boolean,
  count: number,
): TypedLine['place'] {
  if (pending !== undefined) return { at: 'value', of: pending, lead: '', typed };
  if (typed.startsWith('-') && !onlyPositionals) {
    const { option, value } = readOption(command, typed);
    if (option === undefined || value === undefined) return { at: 'option' };
    return { at: 'value', of: option, lead: typed.slice(0, typed.length - value.length), typed: value };
  }
  if (count === 0 && command.commands.length > 0) return { at: 'command' };
  const { registeredArguments: known } = command;
  const last = known.at(-1);
  return { at: 'argument', of: known[count] ?? (last?.variadic === true ? last : undefined) };
}

/** The option of `--name`, `--name=value`, `-n`, `-nvalue` or `-qn`, and the value where the word holds one. */
function readOption(command: Command, word: string): { option?: Option; value?: string } {
  if (word.startsWith('--')) {
    const equals = word.indexOf('=');
    const long = equals < 0 ? word : word.slice(0, equals);
    const option = command.options.find((known) => known.long === long);
    if (option === undefined) return {};
    return equals < 0 ? { option } : { option, value: word.slice(equals + 1) };
  }
  for (let at = 1; at < word.length; at++) {
    const option = command.options.find((known) => known.short === `-${word.charAt(at)}`);
    if (option === undefined) return {};
    const rest = word.slice(at + 1);
    if (option.required || option.optional) return rest === '' ? { option } : { option, value: rest };
    if (rest === '') return { option };
  }
  return {};
}

/** The command under `parent` that `name` means. */
function childNamed(parent: Command, name: string): Command | undefined {
  return parent.commands.find((child) => child.name() === name || child.aliases().includes(name));
}
