import { UsageError } from '../errors.ts';
import { resolveArchiveAddress } from './archive-address.ts';

/** What a command line of `ptar restore` asks for. */
export interface RestoreRequest {
  /** Path or URL of the archive. */
  readonly file: string;
  readonly selections: readonly string[];
  /** URI of `registry.ts`. */
  readonly target: string;
}

/** The target that writes a tar to standard output. */
const TAR_TO_STDOUT = 'tar:-';

/**
 * Reads both spellings: `FILE WHAT… --to TARGET`, and `ARCHIVE:PATH TARGET`, where the target is the last argument. They mix:
 * without `--to` the last argument is the target, and an archive may always have its path with it.
 *
 * @throws UsageError where there is no target
 */
export async function restoreRequest(
  address: string,
  rest: readonly string[],
  to: string | undefined,
): Promise<RestoreRequest> {
  const what = to === undefined ? rest.slice(0, -1) : rest;
  const target = to ?? rest.at(-1);
  if (target === undefined) {
    throw new UsageError(
      'no target; name one last, or with --to: k8s://[CONTEXT][/NAMESPACE], tar:FILE or a folder',
    );
  }
  const { archive, selections } = await resolveArchiveAddress(address, what);
  return { file: archive, selections, target };
}

/** True where the target is the cluster rather than files. */
export function isCluster(target: string): boolean {
  return target.startsWith('k8s:');
}

/**
 * Makes sure that standard output is free for a tar that goes there.
 * @throws UsageError
 */
export function checkStdout(target: string, format: string, resultsToPerson: boolean): void {
  if (target !== TAR_TO_STDOUT) return;
  if (format !== 'table') {
    throw new UsageError(
      `the tar goes to standard output, so results cannot; leave out -o ${format}, or name a file`,
    );
  }
  if (resultsToPerson) {
    throw new UsageError('the tar would go to the terminal; redirect it to a file, or pipe it to a program');
  }
}
