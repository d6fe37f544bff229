import type { Command } from 'commander';
import { EXIT, type ExitCode } from './exit-codes.ts';
import type { Invocation, RunAction } from './invocation.ts';
import { withSnapshot } from './opened-archive.ts';
import { addArchiveOptions, addExamples, addNamespaceOption, type ArchiveFlags, prose } from './options.ts';

interface CatFlags extends ArchiveFlags {
  readonly namespace?: string;
  readonly showSecrets?: boolean;
}

/** `ptar cat`: prints files and objects as they are stored. */
export function addCatCommand(program: Command, run: RunAction): void {
  const command = program
    .command('cat')
    .summary('print an object or file')
    .description(
      prose(`Print objects or files byte by byte as they are stored. Several objects come as one stream of YAML documents.

Values of Secrets are hidden unless --show-secrets is given, wherever the output goes; a note on stderr says so.`),
    )
    .argument('<FILE>', 'the archive')
    .argument('<WHAT...>', 'KIND/NAME, NAMESPACE/KIND/NAME or a path');
  addNamespaceOption(command, 'the namespace of the objects').option(
    '--show-secrets',
    'print the values of Secrets',
  );
  addArchiveOptions(command);
  addExamples(command, [
    ['A Deployment', 'ptar cat prod.ptar -n shop deploy/web'],
    [
      'A Secret with its values, back into the cluster',
      'ptar cat prod.ptar shop/secret/db --show-secrets | kubectl apply -f -',
    ],
    ['What changed since', `diff <(ptar cat prod.ptar shop/cm/web) <(kubectl -n shop get cm web -o yaml)`],
  ]);
  command.action((file: string, what: string[], flags: CatFlags) =>
    run((invocation) => cat(invocation, file, what, flags)),
  );
}

async function cat(
  invocation: Invocation,
  file: string,
  what: readonly string[],
  flags: CatFlags,
): Promise<ExitCode> {
  const { terminal, signal } = invocation;
  const { namespace, showSecrets = false } = flags;
  return withSnapshot(invocation, file, flags, async (snapshot) => {
    const [{ readEntry }, { selectEntry }, { ObjectCatalogue }] = await Promise.all([
      import('../operations/read-entry.ts'),
      import('../operations/selection.ts'),
      import('../operations/object-catalogue.ts'),
    ]);
    const scope = { ...(namespace !== undefined && { namespace }), signal };
    // All are found before the first is printed: a pipe should not get the half of what was asked for.
    const entries = [];
    for (const selection of what) entries.push(await selectEntry(snapshot, selection, scope));
    const catalogue = new ObjectCatalogue(snapshot);
    let masked = false;
    for (const [index, entry] of entries.entries()) {
      const read = await readEntry(snapshot, entry, { showSecrets });
      masked ||= read.masked;
      if (index > 0 && catalogue.objectAt(entry.path) !== undefined) await terminal.result('---\n');
      for await (const chunk of read.content) await terminal.result(chunk);
    }
    if (masked) terminal.note('values of Secrets are hidden; use --show-secrets to print them');
    return EXIT.done;
  });
}
