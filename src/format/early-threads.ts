/** Threads that start while a key is derived, which takes longer than they do. */
import type { BlobCodec } from './blob-codec.ts';
import type { Primitives, ThreadWork } from './ports.ts';

/**
 * What `prepare` gives; meanwhile threads for its codec start, where there is work for them.
 * @throws what `prepare` throws; then the threads end
 */
export async function withEarlyThreads<Prepared extends { readonly codec: BlobCodec }>(
  primitives: Pick<Primitives, 'holdThreads'>,
  work: ThreadWork | undefined,
  prepare: () => Promise<Prepared>,
): Promise<Prepared> {
  if (work === undefined) return prepare();
  const letGo = primitives.holdThreads?.(work);
  try {
    const prepared = await prepare();
    prepared.codec.threads?.start(work);
    return prepared;
  } finally {
    letGo?.();
  }
}
