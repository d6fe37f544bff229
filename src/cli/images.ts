import type { Command } from 'commander';
import type { NeededImage } from '../operations/transfer/needed-images.ts';
import { resolveArchiveAddress } from './archive-address.ts';
import { printList } from './document.ts';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { addMapOption, mappingOf, type MapFlags } from './map-option.ts';
import { withSnapshot } from './opened-archive.ts';
import {
  addAllNamespacesOption,
  addArchiveOptions,
  addExamples,
  addNamespaceOption,
  addOutputOption,
  type ArchiveFlags,
  type OutputFormat,
  prose,
} from './options.ts';
import { tableLines, type Column } from './table.ts';

interface ImagesFlags extends ArchiveFlags, MapFlags {
  readonly namespace?: string;
  readonly digests?: boolean;
  readonly output: OutputFormat;
}

/** Workloads that a cell of the table names. */
const NAMED_MAX = 3;

/** `ptar images`: what a site without the registries must have. */
export function addImagesCommand(program: Command, run: RunAction): void {
  const command = program
    .command('images')
    .summary('list the images that objects need')
    .description(
      prose(`List the container images of everything in a snapshot, or of WHAT, with the digests that ran and who uses them: containers, init and
ephemeral containers, image volumes, custom resources. Names are complete (docker.io/library/nginx:1.25), each is listed once.

With -o name there is one name a line; with --map two on each line, the captured one and, after a tab, the mapped one.`),
    )
    .argument('<FILE>', 'the archive, or ARCHIVE:PATH')
    .argument('[WHAT...]', 'kinds, KIND/NAME, NAMESPACE/KIND/NAME or paths; everything without it')
    .option('--digests', 'with -o name: names by digest where Pods said it, instead of by tag');
  addMapOption(
    addNamespaceOption(command, 'only objects of this namespace'),
    'say also what this mapping makes of them',
  );
  addOutputOption(command, ['table', 'wide', 'json', 'yaml', 'name']);
  addAllNamespacesOption(command, 'all namespaces (the default)');
  addArchiveOptions(command);
  addExamples(command, [
    ['What the namespace shop runs, and who uses it', 'ptar images prod.ptar -n shop'],
    [
      'Put them into a folder for a site without network',
      'ptar images prod.ptar -o name | xargs -I{} skopeo copy docker://{} dir:images/{}',
    ],
    [
      'Copy them to the registry of a mapping',
      'ptar images prod.ptar --map site.yaml -o name | while read from to; do skopeo copy docker://$from docker://$to; done',
    ],
  ]);
  command.action((address: string, what: string[], flags: ImagesFlags) =>
    run((invocation) => images(invocation, address, what, flags)),
  );
}

async function images(
  invocation: Invocation,
  address: string,
  what: readonly string[],
  flags: ImagesFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const mapping = await mappingOf(flags);
  const { archive, selections } = await resolveArchiveAddress(address, what);
  return withSnapshot(invocation, archive, flags, async (snapshot) => {
    const { neededImages, pinnedNames } = await import('../operations/transfer/needed-images.ts');
    const selection = {
      selections,
      ...(flags.namespace !== undefined && { namespace: flags.namespace }),
    };
    const found = await neededImages(snapshot, selection, { ...(mapping && { mapping }), signal });
    for (const { path: place, problem } of found.problems) terminal.warn(`${place}: ${problem}`);
    if (flags.output === 'json' || flags.output === 'yaml') {
      await printList(terminal, found.images, flags.output);
    } else if (flags.output === 'name') {
      for (const image of found.images) {
        for (const name of flags.digests === true ? pinnedNames(image) : [image.image]) {
          await terminal.resultLine(image.mapped === undefined ? name : `${name}\t${image.mapped}`);
        }
      }
    } else {
      const columns = COLUMNS.filter(
        ({ wide, header }) =>
          (wide !== true || flags.output === 'wide') && (header !== 'MAPPED' || mapping !== undefined),
      );
      for await (const line of tableLines(columns, found.images)) await terminal.resultLine(line);
    }
    if (found.images.length === 0) terminal.note('no images');
    return found.problems.length > 0 ? EXIT.partial : EXIT.done;
  });
}

const COLUMNS: readonly Column<NeededImage>[] = [
  { header: 'IMAGE', cell: ({ image }) => image },
  { header: 'MAPPED', cell: ({ mapped }) => mapped ?? '' },
  { header: 'DIGEST', cell: ({ digests }) => digests.join(' '), wide: true },
  { header: 'USED BY', cell: ({ usedBy }) => abridged(usedBy) },
];

function abridged(names: readonly string[]): string {
  const more = names.length > NAMED_MAX ? ` and ${names.length - NAMED_MAX} more` : '';
  return names.slice(0, NAMED_MAX).join(', ') + more;
}
