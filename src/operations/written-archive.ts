import { throwIfCancelled } from '../errors.ts';
import { type ArchiveWriter, createArchive, type CreateOptions } from '../format/archive-writer.ts';
import type { ByteSink } from '../format/ports.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';

/** How a new archive is made. */
export interface WriteOptions {
  /** Asked when all else is known to be usable, before anything is written. */
  readonly encryption: () => Promise<CreateOptions['encryption']>;
  readonly hashing?: CreateOptions['hashing'];
  readonly compression?: CreateOptions['compression'];
  readonly signal?: AbortSignal;
}

/** What was written, and what `fill` gave. */
export interface WrittenArchive<Result> {
  readonly result: Result;
  /** Bytes of the archive. */
  readonly size: number;
  readonly encrypted: boolean;
}

/**
 * Makes an archive of what `fill` adds to it. When anything fails or is cancelled, `sink` is aborted and the threads, which know the key,
 * end.
 * @throws KeyError; ConnectorError of the sink; CancelledError; whatever `encryption` and `fill` throw
 */
export async function writeArchive<Result>(
  sink: ByteSink,
  { hashing, compression, signal, ...options }: WriteOptions,
  fill: (writer: ArchiveWriter) => Promise<Result>,
): Promise<WrittenArchive<Result>> {
  let writer: ArchiveWriter | undefined;
  try {
    const encryption = await options.encryption();
    throwIfCancelled(signal);
    writer = await createArchive(sink, {
      primitives: nodePrimitives,
      encryption,
      ...(hashing && { hashing }),
      ...(compression && { compression }),
    });
    const result = await fill(writer);
    throwIfCancelled(signal);
    const { size } = await writer.close();
    return { result, size, encrypted: encryption !== 'plaintext' };
  } catch (error) {
    await (writer ?? sink).abort();
    throw error;
  }
}
