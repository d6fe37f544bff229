import type { Command } from 'commander';
import { UsageError } from '../errors.ts';
import type { SearchQuery } from '../operations/search.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withSnapshot } from './opened-archive.ts';
import { addArchiveOptions, addExamples, type ArchiveFlags, prose } from './options.ts';
import { printable } from './printable.ts';

interface SearchFlags extends ArchiveFlags {
  readonly text?: string;
  readonly regex?: string;
  readonly image?: string;
  readonly selector?: string;
}

/** `ptar search`: finds objects by what is in them. */
export function addSearchCommand(program: Command, run: RunAction): void {
  const command = program
    .command('search')
    .summary('find objects by what is in them')
    .description(
      prose(`Print the objects of one or several archives in which all that is asked for is found, with the places, as they are found.
Values of Secrets are neither searched nor shown. Exit code 1 where nothing is found.`),
    )
    .argument('<FILE...>', 'the archives')
    .option('--text <TEXT>', 'values or names of fields that hold TEXT, in any case')
    .option('--regex <PATTERN>', 'values or names of fields that match PATTERN')
    .option('--image <IMAGE>', 'containers whose image holds IMAGE')
    .option('-l, --selector <LABELS>', 'labels: NAME=VALUE or NAME, all of them');
  addArchiveOptions(command);
  addExamples(command, [
    ['Who still uses an image', 'ptar search prod.ptar staging.ptar --image nginx:1.25'],
    ['Where a host name is written', 'ptar search prod.ptar --text db.internal'],
  ]);
  command.action((files: string[], flags: SearchFlags) =>
    run((invocation) => search(invocation, files, flags)),
  );
}

async function search(
  invocation: Invocation,
  files: readonly string[],
  flags: SearchFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const [{ parseLabels, searchSnapshot }, { formatIdentity }] = await Promise.all([
    import('../operations/search.ts'),
    import('../resources/object-path.ts'),
  ]);
  const { image, selector } = flags;
  const text = textMatcher(flags);
  const query: SearchQuery = {
    ...(text && { text }),
    ...(image !== undefined && { image: (name) => name.includes(image) }),
    ...(selector !== undefined && { labels: parseLabels(selector) }),
  };
  if (Object.keys(query).length === 0) {
    throw new UsageError('nothing to look for; use --text, --regex, --image or -l');
  }
  let found = 0;
  let problems = 0;
  for (const file of files) {
    await withSnapshot(invocation, file, flags, async (snapshot) => {
      for await (const hit of searchSnapshot(snapshot, query, signal)) {
        if ('problem' in hit) {
          problems += 1;
          terminal.warn(`${hit.path}: ${hit.problem}`);
          continue;
        }
        found += 1;
        const name = `${hit.identity.namespace ?? '_'}/${formatIdentity(hit.identity)}`;
        const prefix = files.length > 1 ? `${file}: ` : '';
        await terminal.resultLine(terminal.paint(`${prefix}${name}`, 'bold'));
        for (const { label, value } of hit.places) {
          await terminal.resultLine(`  ${printable(label)}: ${printable(value.slice(0, 200))}`);
        }
      }
    });
  }
  if (problems > 0) return EXIT.partial;
  return found === 0 ? EXIT.differs : EXIT.done;
}

/** Undefined where no text is asked for. */
function textMatcher({ text, regex }: SearchFlags): ((value: string) => boolean) | undefined {
  if (text !== undefined && regex !== undefined) throw new UsageError('use either --text or --regex');
  if (text !== undefined) return (value) => value.toLowerCase().includes(text.toLowerCase());
  if (regex === undefined) return undefined;
  try {
    const pattern = new RegExp(regex, 'u');
    return (value) => pattern.test(value);
  } catch (cause) {
    throw new UsageError(`--regex ${regex} is no regular expression of JavaScript`, { cause });
  }
}
