import { openByteSource } from '../connectors/stores/byte-source.ts';
import { createFileSink } from '../connectors/stores/file-store.ts';
import { isHttpAddress } from '../connectors/stores/http-address.ts';
import { PatchedFile } from '../connectors/stores/patched-file.ts';
import { FormatError, UsageError } from '../errors.ts';
import { planParity } from '../format/parity-layout.ts';
import { checkParity } from '../format/parity-reader.ts';
import type { ParityReport } from '../format/parity-report.ts';
import { createParity, type CreateParityResult } from '../format/parity-writer.ts';
import type { ByteSource } from '../format/ports.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';

/** What a parity file is called after the file that it protects. */
export const PARITY_SUFFIX = '.par';

/** Options of everything that is done with a parity file. */
export interface ParityFileOptions {
  /** Path or URL of the parity file; the file's with `.par` where not given. */
  readonly parity?: string;
  readonly signal?: AbortSignal;
  /** In bytes of the file. */
  readonly onProgress?: (done: number, total: number) => void;
}

/** What {@link createParityFile} made. */
export interface CreatedParityFile extends CreateParityResult {
  readonly path: string;
}

/** What {@link repairFile} did: nothing where the file is sound, or where more is lost than parity can give back. */
export interface RepairResult extends ParityReport {
  readonly outcome: 'sound' | 'repaired' | 'lost';
}

/**
 * Writes the parity file of `file`, which may be any file.
 * @param options `percent`: share of parity, 1 to 20, 5 where not given; `overwrite`: replaces a parity file that is there
 * @throws UsageError; NotFoundError; ConnectorError; CancelledError
 */
export async function createParityFile(
  file: string,
  options: ParityFileOptions & { readonly percent?: number; readonly overwrite?: boolean } = {},
): Promise<CreatedParityFile> {
  const path = parityPathOf(file, options.parity);
  if (isHttpAddress(path)) throw new UsageError('a parity file is written to a path, not to a URL; name one');
  const source = await openByteSource(file, options);
  try {
    const geometry = planParity(source.size, options.percent);
    const sink = await createFileSink(path, { overwrite: options.overwrite ?? false });
    const result = await createParity(source, sink, { ...settingsOf(options), geometry });
    return { path, ...result };
  } finally {
    await source.close();
  }
}

/**
 * Holds `file` against its parity file. Changes nothing.
 * @throws NotFoundError; FormatError where there is no parity file to work with; ConnectorError; CancelledError
 */
export async function verifyParityFile(file: string, options: ParityFileOptions = {}): Promise<ParityReport> {
  return withBoth(file, options, (source, sidecar) => checkParity(source, sidecar, settingsOf(options)));
}

/**
 * Puts back what is damaged in `file`, all or nothing: the file is replaced, or `output` made, when every block is proven to be what
 * it was.
 * @throws as {@link verifyParityFile}; UsageError for a remote file without `output`
 */
export async function repairFile(
  file: string,
  options: ParityFileOptions & { readonly output?: string } = {},
): Promise<RepairResult> {
  const output = options.output ?? file;
  if (isHttpAddress(output)) {
    throw new UsageError('a remote file cannot be repaired in its place; name an output');
  }
  return withBoth(file, options, async (source, sidecar) => {
    const settings = settingsOf(options);
    const found = await checkParity(source, sidecar, settings);
    if (found.lostBlocks > 0) return { ...found, outcome: 'lost' };
    const isSound = found.damagedBlocks === 0 && found.foundSize === found.fileSize;
    if (isSound && options.output === undefined) return { ...found, outcome: 'sound' };
    const patched = await PatchedFile.copy(output, source, found.fileSize, options.signal);
    try {
      await checkParity(source, sidecar, settings, (offset, bytes) => patched.write(offset, bytes));
      await proveRepaired(patched.temporaryPath, sidecar, settings);
      await patched.publish();
    } catch (error) {
      await patched.discard();
      throw error;
    }
    return { ...found, outcome: isSound ? 'sound' : 'repaired' };
  });
}

/** The source may have changed while it was read, and disks fail: what is about to replace a file is read back. */
async function proveRepaired(
  path: string,
  sidecar: ByteSource,
  settings: Parameters<typeof checkParity>[2],
): Promise<void> {
  const copy = await openByteSource(path);
  try {
    const proof = await checkParity(copy, sidecar, settings);
    if (proof.damagedBlocks === 0 && proof.foundSize === proof.fileSize) return;
    throw new FormatError(
      'FORMAT_LAYOUT',
      'the repaired copy is not what the parity file says: the file changed meanwhile, or the disk fails',
    );
  } finally {
    await copy.close();
  }
}

async function withBoth<Result>(
  file: string,
  options: ParityFileOptions,
  use: (source: ByteSource, sidecar: ByteSource) => Promise<Result>,
): Promise<Result> {
  const sidecar = await openByteSource(parityPathOf(file, options.parity), options);
  try {
    const source = await openByteSource(file, options);
    try {
      return await use(source, sidecar);
    } finally {
      await source.close();
    }
  } finally {
    await sidecar.close();
  }
}

function parityPathOf(file: string, parity: string | undefined): string {
  if (parity !== undefined) return parity;
  if (!isHttpAddress(file)) return `${file}${PARITY_SUFFIX}`;
  const url = new URL(file);
  url.pathname += PARITY_SUFFIX;
  return url.href;
}

function settingsOf({ signal, onProgress }: ParityFileOptions): {
  primitives: typeof nodePrimitives;
  signal?: AbortSignal;
  onProgress?: (done: number, total: number) => void;
} {
  return {
    primitives: nodePrimitives,
    ...(signal !== undefined && { signal }),
    ...(onProgress !== undefined && { onProgress }),
  };
}
