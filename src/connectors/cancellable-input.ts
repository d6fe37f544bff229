import { Readable } from 'node:stream';
import { CancelledError } from '../errors.ts';

/**
 * The chunks of `input`, which may never come: of a terminal, or of a pipe that nobody writes to. Waits for them until `signal` is
 * aborted, and lets go of `input` at the end.
 * @throws CancelledError; whatever `input` throws
 */
export async function* cancellable<T>(
  input: AsyncIterable<T>,
  signal: AbortSignal | undefined,
): AsyncGenerator<T> {
  const chunks = input[Symbol.asyncIterator]();
  try {
    for (;;) {
      const next = await nextOrCancelled(chunks, signal);
      if (next.done === true) return;
      yield next.value;
    }
  } finally {
    // An iterator that waits for a chunk would not return before it has come.
    if (input instanceof Readable) input.destroy();
    else if (signal?.aborted !== true) await chunks.return?.();
  }
}

function nextOrCancelled<T>(
  chunks: AsyncIterator<T, unknown>,
  signal: AbortSignal | undefined,
): Promise<IteratorResult<T, unknown>> {
  if (signal === undefined) return chunks.next();
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(new CancelledError());
    if (signal.aborted) {
      stop();
      return;
    }
    signal.addEventListener('abort', stop, { once: true });
    // A listener for each chunk: a promise to race against would gather one reaction for every one of them.
    chunks
      .next()
      .finally(() => signal.removeEventListener('abort', stop))
      .then(resolve, reject);
  });
}
