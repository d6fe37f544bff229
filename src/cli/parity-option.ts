import { stat } from 'node:fs/promises';
import { type Command, InvalidArgumentError } from 'commander';
import type { CreatedParityFile } from '../operations/parity.ts';
import type { Invocation } from './invocation.ts';
import { ProgressLine } from './progress-line.ts';
import { formatSize } from '../operations/quantities.ts';

/** Whether a parity file is to be written, and its share of the archive where that is not the usual one. */
export interface ParityOptionFlags {
  readonly parity?: boolean;
  readonly parityPercent?: number;
  readonly quiet?: boolean;
}

/** Adds `--parity` and `--parity-percent` to a command that writes an archive. */
export function addParityOptions(command: Command): Command {
  return command
    .option('--parity', 'write FILE.par too, from which damage can be repaired; see ptar parity')
    .option(
      '--parity-percent <N>',
      'as --parity, with parity of 1 to 20 % of the archive; default: 5',
      parsePercent,
    );
}

/** @throws InvalidArgumentError for what is not 1 to 20 */
export function parsePercent(text: string): number {
  const percent = /^\d{1,2}(?:\.\d{1,3})?%?$/.test(text) ? Number.parseFloat(text) : Number.NaN;
  if (percent >= 1 && percent <= 20) return percent;
  throw new InvalidArgumentError('1 to 20.');
}

/**
 * Writes the parity file of an archive that is complete, in the place of one that is there; without `--parity` it warns of one that no
 * longer fits.
 * @throws as `createParityFile`
 */
export async function completeParity(
  { terminal, signal }: Invocation,
  { parity = false, parityPercent, quiet = false }: ParityOptionFlags,
  archivePath: string,
): Promise<CreatedParityFile | undefined> {
  const { createParityFile, PARITY_SUFFIX } = await import('../operations/parity.ts');
  if (!parity && parityPercent === undefined) {
    const path = `${archivePath}${PARITY_SUFFIX}`;
    const isStale = await stat(path).then(
      () => true,
      () => false,
    );
    if (isStale) {
      terminal.warn(
        `${path} is not of this archive; make it anew: ptar parity create --overwrite ${archivePath}`,
      );
    }
    return undefined;
  }
  const progress = new ProgressLine(terminal, { quiet });
  try {
    return await createParityFile(archivePath, {
      ...(parityPercent !== undefined && { percent: parityPercent }),
      overwrite: true,
      signal,
      onProgress: (done, total) =>
        progress.update(() => ['parity', `${Math.floor((100 * done) / total)} %`, formatSize(total)]),
    });
  } catch (error) {
    progress.clear();
    terminal.note(`${archivePath} is complete, but has no parity file`);
    throw error;
  } finally {
    progress.clear();
  }
}

/** One line about a parity file that was written. */
export function parityNote({ path, size, burstLength }: CreatedParityFile): string {
  return `parity in ${path}: ${formatSize(size)}, repairs any burst of up to ${formatSize(burstLength)}`;
}
