import type { Argument, Option } from 'commander';
import type * as archiveNames from '../../operations/archive-names.ts';
import type { PassphraseFlags } from '../passphrase.ts';
import type { Terminal } from '../terminal.ts';
import { type Completion, DIRECTIVE, FILES, FOLDERS, NOTHING, words } from './candidates.ts';
import type { TypedLine } from './command-line.ts';

/** What a source of values knows. */
export interface ValueRequest extends TypedLine {
  readonly terminal: Terminal;
  /** The value as far as it is typed. */
  readonly typed: string;
}

type ValueSource = (request: ValueRequest) => Completion | Promise<Completion>;

/** A cluster that does not answer in time offers nothing. */
const CLUSTER_LIMIT_MS = 2000;
/** A key derivation included. */
const ARCHIVE_LIMIT_MS = 5000;

const nothing: ValueSource = () => NOTHING;
const files: ValueSource = () => FILES;

/** Where values come from, by the placeholder of an option or the name of an argument. */
const SOURCES: Readonly<Record<string, ValueSource>> = {
  FILE: files,
  FILES: files,
  LIST: files,
  PLAN: files,
  KEYFILE: files,
  FOLDER: () => FOLDERS,
  CONTEXT: contexts,
  NAMES: clusterNamespaces,
  NAMESPACE: archiveNamespaces,
  KINDS: kinds,
  SOURCE: (request) => places(request, ['k8s://', 'manifests:', 'tar:']),
  TARGET: (request) => places(request, ['k8s://', 'tar:']),
  CLUSTER: (request) => places(request, ['k8s://']),
  WHAT: objects,
  PATH: objects,
  SELECTION: objects,
  WHICH: snapshots,
  OLD: snapshots,
  NEW: snapshots,
  RANGE: snapshots,
  COMMAND: nothing,
  FIELDS: nothing,
  GLOBS: nothing,
  GROUP: nothing,
  IMAGE: nothing,
  KEY: nothing,
  KEYS: nothing,
  LABELS: nothing,
  N: nothing,
  'N%': nothing,
  NAME: nothing,
  PATTERN: nothing,
  RESTORE: nothing,
  SIZE: nothing,
  TAGS: nothing,
  TEXT: nothing,
  USER: nothing,
  WHEN: nothing,
};

/** The source of an option's or argument's values; undefined where nobody has said what they are. */
export function valueSourceOf(of: Option | Argument): ValueSource | undefined {
  const name = 'flags' in of ? /[<[]([^>\]]+?)(?:\.\.\.)?[>\]]/.exec(of.flags)?.[1] : of.name();
  return name !== undefined && Object.hasOwn(SOURCES, name) ? SOURCES[name] : undefined;
}

function last({ options }: ValueRequest, name: string): string | undefined {
  return options.get(name)?.at(-1);
}

async function contexts(request: ValueRequest): Promise<Completion> {
  const { contextNames } = await import('../../operations/cluster-names.ts');
  return words(contextNames(last(request, 'kubeconfig')).map((value) => ({ value })));
}

function clusterNamespaces(request: ValueRequest): Promise<Completion> {
  const uri = request.positionals.find((word) => word.startsWith('k8s://')) ?? 'k8s://';
  return namespacesOf(request, uri);
}

async function namespacesOf(request: ValueRequest, uri: string, lead = ''): Promise<Completion> {
  const { namespaceNames } = await import('../../operations/cluster-names.ts');
  const [kubeconfig, context, user] = ['kubeconfig', 'context', 'as'].map((name) => last(request, name));
  const groups = request.options.get('asGroup');
  const names = await namespaceNames(uri, {
    ...(kubeconfig !== undefined && { kubeconfig }),
    ...(context !== undefined && { context }),
    ...(user !== undefined && { impersonate: { user, ...(groups && { groups }) } }),
    signal: AbortSignal.timeout(CLUSTER_LIMIT_MS),
  });
  return words(names.map((name) => ({ value: `${lead}${name}` })));
}

/** `k8s://CONTEXT/NAMESPACE`, the beginning of a URI, or a path. */
async function places(request: ValueRequest, schemes: readonly string[]): Promise<Completion> {
  const { typed } = request;
  if (!typed.startsWith('k8s://')) {
    const fitting = schemes.filter((scheme) => scheme.startsWith(typed));
    return { candidates: fitting.map((value) => ({ value })), directive: DIRECTIVE.noSpace };
  }
  const { contextNames } = await import('../../operations/cluster-names.ts');
  const known = contextNames(last(request, 'kubeconfig'));
  const inside = ['', ...known].map((name) => `k8s://${name}/`).filter((lead) => typed.startsWith(lead));
  const [lead] = inside.sort((one, two) => two.length - one.length);
  if (lead !== undefined) return namespacesOf(request, lead.slice(0, -1), lead);
  return words(known.map((name) => ({ value: `k8s://${name}` })));
}

async function kinds(): Promise<Completion> {
  const { BUILT_IN_KINDS } = await import('../../resources/built-in-kinds.ts');
  return words(
    BUILT_IN_KINDS.map(({ plural, group }) => ({ value: group === '' ? plural : `${plural}.${group}` })),
  );
}

async function archiveNamespaces(request: ValueRequest): Promise<Completion> {
  return fromArchive(request, ({ archiveNamespaces: names }, open) => names(open, last(request, 'snapshot')));
}

async function objects(request: ValueRequest): Promise<Completion> {
  const { typed } = request;
  const [snapshot, namespace] = [last(request, 'snapshot'), last(request, 'namespace')];
  return fromArchive(request, (names, open) => names.selectionNames(open, typed, { snapshot, namespace }));
}

async function snapshots(request: ValueRequest): Promise<Completion> {
  return fromArchive(request, ({ snapshotNames }, open) => snapshotNames(open));
}

type ArchiveNames = typeof archiveNames;

/** Candidates out of the archive of the command line, where it opens without asking anybody. */
async function fromArchive(
  { positionals: [file], options, terminal }: ValueRequest,
  namesOf: (
    names: ArchiveNames,
    archive: Parameters<ArchiveNames['snapshotNames']>[0],
  ) => Promise<readonly { readonly value: string; readonly description?: string }[]>,
): Promise<Completion> {
  if (file === undefined || options.has('passphraseCommand')) return NOTHING;
  const [{ readUnattendedPassphrase }, { openArchiveFile }, names] = await Promise.all([
    import('../passphrase.ts'),
    import('../../operations/open-archive.ts'),
    import('../../operations/archive-names.ts'),
  ]);
  const signal = AbortSignal.timeout(ARCHIVE_LIMIT_MS);
  const passphraseFile = options.get('passphraseFile')?.at(-1);
  const flags: PassphraseFlags = passphraseFile === undefined ? {} : { passphraseFile };
  const archive = await openArchiveFile(file, {
    passphrase: () => readUnattendedPassphrase(terminal.env, flags),
    signal,
  });
  try {
    return words(await namesOf(names, archive));
  } finally {
    await archive.close();
  }
}
