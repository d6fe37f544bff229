import { type Command, InvalidArgumentError, Option } from 'commander';
import type { PassphraseFlags } from './passphrase.ts';

/** Forms in which results can be printed. */
export type OutputFormat = 'table' | 'wide' | 'json' | 'yaml' | 'name';

/** Options of every command that reads an archive. */
export interface ArchiveFlags extends PassphraseFlags {
  readonly snapshot?: string;
}

/** Adds `--passphrase-file` and `--passphrase-command`. There is no flag for the passphrase itself: others see command lines. */
export function addPassphraseOptions(command: Command): Command {
  return command
    .option('--passphrase-file <FILE>', 'read the passphrase from FILE')
    .option('--passphrase-command <COMMAND>', 'read the passphrase from what COMMAND prints');
}

/** Adds `--snapshot` and where the passphrase comes from. */
export function addArchiveOptions(command: Command): Command {
  command.option('--snapshot <WHICH>', 'latest, latest~1, an index (1 is the oldest), or an id', 'latest');
  return addPassphraseOptions(command);
}

/** Adds `-o` with the formats that the command knows; the first is the default. */
export function addOutputOption(
  command: Command,
  formats: readonly OutputFormat[],
  flags = '-o, --output <FORMAT>',
): Command {
  const [first = 'table'] = formats;
  return command.addOption(new Option(flags, 'how to print').choices(formats).default(first));
}

/** Help text from source lines: a line end is a blank, unless an empty or indented line comes after it. */
export function prose(text: string): string {
  return text
    .trim()
    .replace(/\n(?![\n ])/g, (end, at: number, whole: string) => (whole[at - 1] === '\n' ? end : ' '));
}

/** Adds `-n`. */
export function addNamespaceOption(command: Command, description: string): Command {
  return command.option('-n, --namespace <NAMESPACE>', description);
}

/** Adds `-A`, which says that `-n` was not forgotten. */
export function addAllNamespacesOption(command: Command, description: string): Command {
  return command.addOption(new Option('-A, --all-namespaces', description).conflicts('namespace'));
}

/** For options that may be given several times, or with commas between their values. */
export function appendList(value: string, previous: readonly string[] | undefined): readonly string[] {
  const items = value.split(',').map((item) => item.trim());
  if (items.includes('')) throw new InvalidArgumentError('an empty item.');
  return [...(previous ?? []), ...items];
}

/** For options that may be given several times, and whose values may hold commas. */
export function appendItem(value: string, previous: readonly string[] | undefined): readonly string[] {
  return [...(previous ?? []), value];
}

/** The section of examples below a command's help: what it does, then the line to type. */
export function addExamples(
  command: Command,
  examples: readonly (readonly [purpose: string, line: string])[],
): Command {
  const text = examples.map(([purpose, line]) => `  # ${purpose}\n  ${line}`).join('\n\n');
  // `prod.ptar` is no call of the program.
  const call = /(?<![\w.-])ptar (?=[a-z])/g;
  return command.addHelpText('after', ({ command: shown }) => {
    const name = shown.parent?.name() ?? 'ptar';
    return `\nExamples:\n${name === 'kubectl ptar' ? text.replaceAll(call, `${name} `) : text}`;
  });
}
