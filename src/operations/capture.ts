import { resolve } from 'node:path';
import type { Importer } from '../connectors/connector.ts';
import { openImporter, type ImporterOptions } from '../connectors/registry.ts';
import { createFileSink } from '../connectors/stores/file-store.ts';
import { throwIfCancelled, UsageError } from '../errors.ts';
import { createArchive, type CreateOptions } from '../format/archive-writer.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';
import { captureSource, type CapturedSource, type SourceCaptureOptions } from './capture-source.ts';

/** What to capture, and where to. */
export interface CaptureOptions extends Omit<SourceCaptureOptions, 'previous'> {
  /** URIs as `registry.ts` knows them, at least one; each becomes a snapshot, in this order. */
  readonly sources: readonly string[];
  /** File of the new archive. */
  readonly archivePath: string;
  /** Replaces an archive that is there, once the new one is complete. Default: false. */
  readonly overwrite?: boolean;
  /** Asked once sources and target are known to be usable, before anything is written. */
  readonly encryption: () => Promise<CreateOptions['encryption']>;
  readonly hashing?: CreateOptions['hashing'];
  readonly compression?: CreateOptions['compression'];
  /** What an importer may need: kubeconfig, namespaces, kinds. */
  readonly importer?: ImporterOptions;
}

/** What a capture made. */
export interface CaptureResult {
  readonly archivePath: string;
  /** Bytes of the archive. */
  readonly size: number;
  readonly encrypted: boolean;
  readonly sources: readonly CapturedSource[];
}

/**
 * Captures sources into a new archive, a snapshot each. Items that fail are recorded and reported; anything else that goes wrong
 * leaves no new file behind and an archive that was there as it was.
 *
 * @throws UsageError; NotFoundError NOT_FOUND_SOURCE; ConnectorError; KeyError; CancelledError
 */
export async function captureSources(options: CaptureOptions): Promise<CaptureResult> {
  if (options.sources.length === 0) throw new UsageError('nothing to capture; name at least one source');
  const sink = await createFileSink(options.archivePath, { overwrite: options.overwrite ?? false });
  const importers: Importer[] = [];
  try {
    const excludePaths = [resolve(options.archivePath), sink.temporaryPath];
    for (const source of options.sources) {
      importers.push(await openImporter(source, { ...options.importer, excludePaths }));
    }
    const encryption = await options.encryption();
    throwIfCancelled(options.signal);
    const writer = await createArchive(sink, {
      primitives: nodePrimitives,
      encryption,
      ...(options.hashing && { hashing: options.hashing }),
      ...(options.compression && { compression: options.compression }),
    });
    const sources: CapturedSource[] = [];
    for (const [index, importer] of importers.entries()) {
      sources.push(await captureSource(writer, importer, options.sources[index] ?? '', options));
    }
    throwIfCancelled(options.signal);
    const { size } = await writer.close();
    return { archivePath: options.archivePath, size, encrypted: encryption !== 'plaintext', sources };
  } catch (error) {
    await sink.abort();
    throw error;
  } finally {
    for (const importer of importers) await importer.close();
  }
}
