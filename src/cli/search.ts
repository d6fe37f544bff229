import { Option, type Command } from 'commander';
import { isPtarError, UsageError } from '../errors.ts';
import type { SearchHit, SearchQuery } from '../operations/search.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withArchive } from './opened-archive.ts';
import { addExamples, addNamespaceOption, addPassphraseOptions, appendList, prose } from './options.ts';
import type { PassphraseFlags } from './passphrase.ts';
import { printable } from '../operations/printable.ts';

/** Longest value on a line (characters). */
const VALUE_LENGTH_MAX = 200;

interface SearchFlags extends PassphraseFlags {
  readonly snapshot?: string;
  readonly text?: string;
  readonly regex?: string;
  readonly jsonpath?: string;
  readonly image?: string;
  readonly selector?: string;
  readonly object?: readonly string[];
  readonly namespace?: string;
  readonly inSecrets?: boolean;
  readonly output: 'text' | 'json' | 'name';
}

/** `ptar search`: finds objects by what is in them. */
export function addSearchCommand(program: Command, run: RunAction): void {
  const command = program
    .command('search')
    .summary('find objects by what is in them')
    .description(
      prose(`Print the objects in which all that is asked for is found, with the places, as they are found: in all snapshots of one or
several archives, the newest first. What is the same in several snapshots is found once. Values of Secrets are never shown, and searched
only with --in-secrets. Exit code 1 where nothing is found.

JSONPath is kubectl's, of one object ({.spec.replicas}) or of a list ({.items[?(@.spec.replicas>1)]}), and gives what kubectl gives. With -o
json each object is a line: archive, snapshot, captured, apiVersion, kind, namespace, name, places (field, value).`),
    )
    .argument('<FILE...>', 'archives, or folders of them')
    .option('--text <TEXT>', 'values or names of fields that hold TEXT, in any case')
    .option('--regex <PATTERN>', 'values or names of fields that match PATTERN')
    .option('--jsonpath <PATTERN>', 'what this path of kubectl gives something for')
    .option('--image <IMAGE>', 'containers whose image holds IMAGE')
    .option('-l, --selector <LABELS>', 'labels, as kubectl selects by them')
    .option('--object <WHAT>', 'only these: KIND, KIND/NAME, NAMESPACE/KIND/NAME', appendList);
  addNamespaceOption(command, 'only objects of this namespace; _ for those of none')
    .option('--snapshot <WHICH>', 'only this one: latest, latest~1, an index (1 is the oldest), or an id')
    .option('--in-secrets', 'search in the values of Secrets too; they are not shown')
    .addOption(
      new Option('-o, --output <FORMAT>', 'how to print').choices(['text', 'json', 'name']).default('text'),
    );
  addPassphraseOptions(command);
  addExamples(command, [
    ['Who still uses an image', 'ptar search prod.ptar staging.ptar --image nginx:1.25'],
    ['Where a host name is written', 'ptar search archives/ --text db.internal'],
    [
      'What ever ran with more than three replicas',
      "ptar search prod.ptar --jsonpath '{.items[?(@.spec.replicas>3)].metadata.name}'",
    ],
  ]);
  command.action((files: string[], flags: SearchFlags) =>
    run((invocation) => search(invocation, files, flags)),
  );
}

async function search(
  invocation: Invocation,
  words: readonly string[],
  flags: SearchFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const [{ searchSnapshots }, { checkKinds }, { archivePaths }, { objectQueryOf }, { chooseSnapshot }] =
    await Promise.all([
      import('../operations/search.ts'),
      import('../operations/selected-objects.ts'),
      import('../operations/archive-paths.ts'),
      import('../operations/selection.ts'),
      import('../operations/snapshot-choice.ts'),
    ]);
  const query = await queryOf(flags);
  const scope = flags.namespace === undefined ? {} : { namespace: flags.namespace };
  const queries = (flags.object ?? []).map((selection) => objectQueryOf(selection, scope));
  if (queries.length === 0 && flags.namespace !== undefined) queries.push(scope);
  const files = await archivePaths(words);
  const print = await printer(invocation, flags.output, files.length > 1);
  let found = 0;
  let problems = 0;
  const searchFile = (file: string): Promise<void> =>
    withArchive(invocation, file, flags, async (archive) => {
      const snapshots =
        flags.snapshot === undefined
          ? await archive.snapshots()
          : [await chooseSnapshot(archive, flags.snapshot)];
      await checkKinds(snapshots, queries, signal);
      for await (const hit of searchSnapshots(snapshots, query, { queries, signal })) {
        if ('problem' in hit) {
          problems += 1;
          terminal.warn(`${hit.path}: ${hit.problem}`);
        } else {
          found += 1;
          await print(file, hit);
        }
      }
    });
  for (const file of files) {
    try {
      await searchFile(file);
    } catch (error) {
      // Of several archives one may be of somebody else.
      if (files.length === 1 || !isPtarError(error) || error.code === 'CANCELLED') throw error;
      problems += 1;
      terminal.warn(`${file}: ${error.message}`);
    }
  }
  if (problems > 0) return EXIT.partial;
  return found === 0 ? EXIT.differs : EXIT.done;
}

async function queryOf(flags: SearchFlags): Promise<SearchQuery> {
  const [{ parseLabels }, { objectPath }] = await Promise.all([
    import('../operations/search.ts'),
    import('../resources/object-jsonpath.ts'),
  ]);
  const { image, selector, jsonpath } = flags;
  const text = textMatcher(flags);
  const query: SearchQuery = {
    ...(text && { text }),
    ...(image !== undefined && { image: (name) => name.includes(image) }),
    ...(selector !== undefined && { labels: parseLabels(selector) }),
    ...(jsonpath !== undefined && { path: objectPath(jsonpath) }),
  };
  if (Object.keys(query).length === 0) {
    throw new UsageError('nothing to look for; use --text, --regex, --jsonpath, --image or -l');
  }
  if (flags.inSecrets === true && text === undefined) {
    throw new UsageError('--in-secrets goes with --text or --regex');
  }
  return { ...query, ...(flags.inSecrets && { inSecrets: true }) };
}

async function printer(
  { terminal }: Invocation,
  output: SearchFlags['output'],
  hasSeveral: boolean,
): Promise<(file: string, hit: SearchHit) => Promise<void>> {
  const { apiVersionOf, formatIdentity } = await import('../resources/object-path.ts');
  const nameOf = ({ identity }: SearchHit): string =>
    `${identity.namespace ?? '_'}/${formatIdentity(identity)}`;
  if (output === 'name') return (_, hit) => terminal.resultName(nameOf(hit));
  if (output === 'json') {
    return (archive, { identity, places, snapshotId, capturedMs }) =>
      terminal.resultLine(
        JSON.stringify({
          archive,
          snapshot: snapshotId,
          captured: new Date(capturedMs).toISOString(),
          apiVersion: apiVersionOf(identity),
          kind: identity.kind,
          namespace: identity.namespace,
          name: identity.name,
          places: places.map(({ label, value }) => ({ field: label === '' ? undefined : label, value })),
        }),
      );
  }
  return async (file, hit) => {
    const prefix = hasSeveral ? `${file}: ` : '';
    const when = `${new Date(hit.capturedMs).toISOString().slice(0, 19)}Z ${hit.snapshotId.slice(0, 8)}`;
    const name = terminal.paint(printable(`${prefix}${nameOf(hit)}`), 'bold');
    await terminal.resultLine(`${name}   ${terminal.paint(when, 'dim')}`);
    for (const { label, value } of hit.places) {
      const text = printable(value.slice(0, VALUE_LENGTH_MAX));
      await terminal.resultLine(label === '' ? `  ${text}` : `  ${printable(label)}: ${text}`);
    }
  };
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
