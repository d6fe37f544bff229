import { CancelledError } from '../errors.ts';
import type { Terminal } from './terminal.ts';

const CONTROL_C = 0x03;
const CONTROL_D = 0x04;
const BACKSPACE = 0x08;
const LINE_FEED = 0x0a;
const CARRIAGE_RETURN = 0x0d;
const CONTROL_U = 0x15;
const DELETE = 0x7f;

/**
 * Asks for a line that is not shown while it is typed. Only where `terminal.canAsk`. Backspace takes a character back,
 * Control-U all, Control-C and Control-D on an empty line cancel.
 *
 * @returns the line in UTF-8, without its end
 * @throws CancelledError
 */
export async function promptHidden(
  terminal: Terminal,
  question: string,
  signal?: AbortSignal,
): Promise<Uint8Array> {
  const { stdin } = terminal;
  const line: number[] = [];
  terminal.noteRaw(question);
  stdin.setRawMode(true);
  try {
    await new Promise<void>((resolve, reject) => {
      const finish = (error?: Error): void => {
        stdin.off('data', onData);
        stdin.off('end', onEnd);
        signal?.removeEventListener('abort', onAbort);
        if (error === undefined) resolve();
        else reject(error);
      };
      const onData = (bytes: Buffer): void => {
        for (const [index, byte] of bytes.entries()) {
          const key = typeKey(line, byte);
          if (key === 'typed') continue;
          // A pasted answer to two questions: the rest belongs to the next one.
          const rest = bytes.subarray(index + 1);
          finish(key === 'cancelled' ? new CancelledError() : undefined);
          if (rest.length > 0) stdin.unshift(rest);
          return;
        }
      };
      const onEnd = (): void => finish(new CancelledError());
      const onAbort = (): void => finish(new CancelledError());
      signal?.addEventListener('abort', onAbort);
      stdin.on('data', onData);
      stdin.on('end', onEnd);
      stdin.resume();
    });
  } finally {
    stdin.setRawMode(false);
    stdin.pause();
    terminal.noteRaw('\n');
  }
  return Uint8Array.from(line);
}

/** Applies one byte to the line. */
function typeKey(line: number[], byte: number): 'typed' | 'done' | 'cancelled' {
  switch (byte) {
    case LINE_FEED:
    case CARRIAGE_RETURN:
      return 'done';
    case CONTROL_C:
      return 'cancelled';
    case CONTROL_D:
      return line.length === 0 ? 'cancelled' : 'done';
    case CONTROL_U:
      line.length = 0;
      return 'typed';
    case BACKSPACE:
    case DELETE:
      // A character of UTF-8 is its first byte and the continuation bytes 10xxxxxx after it.
      while (((line.pop() ?? 0) & 0xc0) === 0x80);
      return 'typed';
    default:
      line.push(byte);
      return 'typed';
  }
}
