import { KeyError } from '../errors.ts';
import type { ArchiveReader, SnapshotReader } from '../format/index.ts';
import type { OpenArchiveFileOptions } from '../operations/open-archive.ts';
import type { Invocation } from './invocation.ts';
import type { ArchiveFlags } from './options.ts';
import { isPassphraseGiven, PASSPHRASE_SOURCES, readPassphrase } from './passphrase.ts';

/** Opens the archive at `path`, asks for its passphrase where it needs one, and closes it after `use`. */
export async function withArchive<Result>(
  invocation: Invocation,
  path: string,
  flags: ArchiveFlags,
  use: (archive: ArchiveReader) => Promise<Result>,
  options: Pick<OpenArchiveFileOptions, 'willRead'> = {},
): Promise<Result> {
  const { terminal, signal } = invocation;
  // Loaded here, so that help and usage errors come without the format's code.
  const { openArchiveFile } = await import('../operations/open-archive.ts');
  const archive = await openArchiveFile(path, {
    passphrase: async () => {
      const passphrase = await readPassphrase(terminal, flags, 'open', signal);
      if (passphrase !== undefined) return passphrase;
      throw new KeyError(
        'KEY_MISSING',
        `${path} is encrypted; give its passphrase with ${PASSPHRASE_SOURCES}`,
      );
    },
    signal,
    ...options,
  });
  try {
    if (!archive.encrypted && isPassphraseGiven(terminal, flags, 'open')) {
      terminal.warn(`${path} is not encrypted; anybody can have made or changed it`);
    }
    return await use(archive);
  } finally {
    await archive.close();
  }
}

/** As {@link withArchive}, with the snapshot that `--snapshot` names. */
export async function withSnapshot<Result>(
  invocation: Invocation,
  path: string,
  flags: ArchiveFlags,
  use: (snapshot: SnapshotReader, archive: ArchiveReader) => Promise<Result>,
  options: Pick<OpenArchiveFileOptions, 'willRead'> = {},
): Promise<Result> {
  const { chooseSnapshot, parseSnapshotChoice } = await import('../operations/snapshot-choice.ts');
  if (flags.snapshot !== undefined) parseSnapshotChoice(flags.snapshot);
  return withArchive(
    invocation,
    path,
    flags,
    async (archive) => use(await chooseSnapshot(archive, flags.snapshot), archive),
    options,
  );
}
