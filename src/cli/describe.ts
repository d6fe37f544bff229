import type { Command } from 'commander';
import type { CataloguedObject } from '../operations/object-catalogue.ts';
import type { ObjectDescription } from '../operations/describe-object.ts';
import type { IndexedObject, ObjectLink, OwnerTree } from '../operations/object-index.ts';
import { resolveArchiveAddress } from './archive-address.ts';
import { printList } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withSnapshot } from './opened-archive.ts';
import {
  addArchiveOptions,
  addExamples,
  addNamespaceOption,
  addOutputOption,
  prose,
  type ArchiveFlags,
} from './options.ts';
import { printable } from '../operations/printable.ts';

interface DescribeFlags extends ArchiveFlags {
  readonly namespace?: string;
  readonly output: 'table' | 'json' | 'yaml';
}

/** `ptar describe`: an object with all that the snapshot tells about it. */
export function addDescribeCommand(program: Command, run: RunAction): void {
  const command = program
    .command('describe')
    .summary('show an object with what it uses, what uses it, and its events')
    .description(
      prose(`Print who owns an object and what it owns, what it names and what names it, its images, conditions, certificates and
Events, all as they were when the snapshot was captured. Ages count to then. Values of Secrets are hidden; of certificates in them only
names and dates are shown.`),
    )
    .argument('<FILE>', 'the archive, or FILE:WHAT')
    .argument('[WHAT...]', 'KIND/NAME, NAMESPACE/KIND/NAME, KIND NAME, or KIND for all of them');
  addNamespaceOption(command, 'the namespace of the objects');
  addOutputOption(command, ['table', 'json', 'yaml']);
  addArchiveOptions(command);
  addExamples(command, [
    ['Who uses a ConfigMap, and what it is', 'ptar describe prod.ptar shop/cm/settings'],
    ['Why a Pod did not run', 'ptar describe prod.ptar pod web-0 -n shop'],
    ['For a program', 'ptar describe prod.ptar shop/deploy/web -o json'],
  ]);
  command.action((file: string, what: string[], flags: DescribeFlags) =>
    run((invocation) => describe(invocation, file, what, flags)),
  );
}

async function describe(
  invocation: Invocation,
  address: string,
  what: readonly string[],
  flags: DescribeFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const { archive, selections } = await resolveArchiveAddress(address, what);
  const { objectQueries } = await import('./object-queries.ts');
  const queries = objectQueries(selections, flags.namespace);
  return withSnapshot(invocation, archive, flags, async (snapshot) => {
    const [{ indexObjects }, { ObjectCatalogue }, { describeObject }, { describeLines }, { NotFoundError }] =
      await Promise.all([
        import('../operations/object-index.ts'),
        import('../operations/object-catalogue.ts'),
        import('../operations/describe-object.ts'),
        import('./describe-output.ts'),
        import('../errors.ts'),
      ]);
    const catalogue = new ObjectCatalogue(snapshot);
    // Names are looked up before everything is read: a typing error should not take long.
    const found: CataloguedObject[] = [];
    for (const query of queries) {
      for await (const object of catalogue.objects({ ...query, signal })) found.push(object);
    }
    if (found.length === 0) {
      const typed = queries.map(({ kind, name }) => [kind, name].filter(Boolean).join('/')).join(', ');
      throw new NotFoundError(
        'NOT_FOUND_PATH',
        `there is no ${typed}; see ptar get ${queries[0]?.kind ?? 'all'}`,
      );
    }
    const index = await indexObjects(snapshot, { signal });
    const descriptions = async function* (): AsyncGenerator<ObjectDescription> {
      for (const identity of found) {
        const object = index.find(identity);
        if (object !== undefined) yield await describeObject(index, object);
      }
    };
    if (flags.output !== 'table') {
      await printList(terminal, documents(descriptions()), flags.output);
    } else {
      let isFirst = true;
      for await (const description of descriptions()) {
        if (!isFirst) await terminal.resultLine('');
        isFirst = false;
        for await (const line of describeLines(index, description)) {
          await terminal.resultLine(printable(line));
        }
      }
    }
    for (const { path: place, problem } of index.problems) terminal.warn(`${place}: ${problem}`);
    return index.problems.length > 0 ? EXIT.partial : EXIT.done;
  });
}

async function* documents(descriptions: AsyncIterable<ObjectDescription>): AsyncGenerator<object> {
  for await (const description of descriptions) yield documentOf(description);
}

function documentOf(description: ObjectDescription): object {
  const { object, capturedMs, deletedMs, state, conditions, images, certificates, events } = description;
  return {
    ...identityDocument(object),
    uid: object.uid,
    path: object.path,
    created: time(object.createdMs),
    captured: time(capturedMs),
    ageSeconds:
      object.createdMs === undefined ? undefined : Math.floor((capturedMs - object.createdMs) / 1000),
    deleting: time(deletedMs),
    status: state.status === '' ? undefined : state.status,
    ready: state.ready === '' ? undefined : state.ready,
    owners: description.owners.map(linkDocument),
    owned: description.owned.owned.map(treeDocument),
    uses: description.uses.map(linkDocument),
    usedBy: description.usedBy.map(linkDocument),
    images,
    conditions: conditions.map(({ changedMs, ...condition }) => ({ ...condition, changed: time(changedMs) })),
    certificates: certificates.map((item) => {
      if ('problem' in item) return item;
      const { notBeforeMs, notAfterMs, ...certificate } = item.certificate;
      return {
        place: item.place,
        ...certificate,
        notBefore: time(notBeforeMs),
        notAfter: time(notAfterMs),
        isExpired: capturedMs > notAfterMs,
      };
    }),
    events: events.map(({ firstMs, lastMs, ...event }) => ({
      ...event,
      first: time(firstMs),
      last: time(lastMs),
    })),
  };
}

function identityDocument({
  group,
  kind,
  namespace,
  name,
}: Pick<IndexedObject, 'group' | 'kind' | 'namespace' | 'name'>): object {
  return { namespace, group, kind, name };
}

function linkDocument({ role, place, other, object, optional }: ObjectLink): object {
  return { role, place, ...identityDocument(other), optional, isCaptured: object !== undefined };
}

function treeDocument({ object, owned }: OwnerTree): object {
  return { ...identityDocument(object), uid: object.uid, owned: owned.map(treeDocument) };
}

function time(ms: number | undefined): string | undefined {
  return ms === undefined ? undefined : new Date(ms).toISOString();
}
