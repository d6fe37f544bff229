/** Archives in memory: the ports of a file, with faults on demand. */
import { ConnectorError, FormatError } from '../../src/errors.ts';
import type { ByteSink, ByteSource } from '../../src/format/ports.ts';

/** A source over `bytes` that counts what is read and says whether it was closed. */
export class MemorySource implements ByteSource {
  readonly name: string;
  readonly #bytes: Uint8Array;
  isClosed = false;
  bytesRead = 0;

  constructor(bytes: Uint8Array, name = 'memory.ptar') {
    this.#bytes = bytes;
    this.name = name;
  }

  get size(): number {
    return this.#bytes.length;
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    const inside = offset >= 0 && length >= 0 && Number.isSafeInteger(offset + length);
    if (!inside || offset + length > this.#bytes.length) {
      return Promise.reject(
        new FormatError('FORMAT_TRUNCATED', `${this.name}: no ${length} bytes at ${offset}`, { offset }),
      );
    }
    this.bytesRead += length;
    return Promise.resolve(this.#bytes.slice(offset, offset + length));
  }

  close(): Promise<void> {
    this.isClosed = true;
    return Promise.resolve();
  }
}

/** A sink in memory. With `failAfter` it fails at the first write that would exceed so many bytes. */
export class MemorySink implements ByteSink {
  readonly name = 'memory.ptar';
  readonly #failAfter: number;
  readonly #parts: Uint8Array[] = [];
  #length = 0;
  outcome: 'open' | 'committed' | 'aborted' = 'open';

  constructor(failAfter = Infinity) {
    this.#failAfter = failAfter;
  }

  /** What was written and committed. */
  get bytes(): Uint8Array {
    if (this.outcome !== 'committed') throw new Error(`nothing visible: the sink is ${this.outcome}`);
    return Buffer.concat(this.#parts);
  }

  write(bytes: Uint8Array): Promise<void> {
    if (this.#length + bytes.length > this.#failAfter) {
      return Promise.reject(
        new ConnectorError('CONNECTOR_NO_SPACE', `${this.name}: no space left; free some`),
      );
    }
    this.#length += bytes.length;
    this.#parts.push(bytes.slice());
    return Promise.resolve();
  }

  commit(): Promise<void> {
    this.outcome = 'committed';
    return Promise.resolve();
  }

  abort(): Promise<void> {
    if (this.outcome === 'open') this.outcome = 'aborted';
    return Promise.resolve();
  }
}
