import { mkdtemp, open, rm, type FileHandle } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { systemError } from '../connectors/system-error.ts';
import { nodePrimitives } from '../platform/node/primitives.ts';

/** Bytes that are kept in memory before anything goes to a file. */
const MEMORY_MAX = 32 << 20;
const KEY_BYTES = 32;

/** Gives back what was put aside, as often as asked, until the spill is closed. */
export type Recall = () => Promise<Uint8Array>;

/**
 * Bytes that are put aside until they are needed: in memory up to a bound, beyond it in a temporary file. The file is sealed with a key
 * that only this object has, and where the system allows it nobody sees it: it has lost its name before anything is written.
 */
export class ObjectSpill {
  readonly #memoryMax: number;
  readonly #sealer = nodePrimitives.sealer(nodePrimitives.randomBytes(KEY_BYTES));
  #held = 0;
  #end = 0;
  #file: Promise<FileHandle> | undefined;
  #folder: string | undefined;

  constructor(memoryMax = MEMORY_MAX) {
    this.#memoryMax = memoryMax;
  }

  /** Bytes in the file so far. */
  get fileSize(): number {
    return this.#end;
  }

  /**
   * Puts `bytes` aside.
   * @throws ConnectorError CONNECTOR_NO_SPACE and others where the temporary file cannot be written
   */
  async put(bytes: Uint8Array): Promise<Recall> {
    if (this.#held + bytes.length <= this.#memoryMax) {
      this.#held += bytes.length;
      return () => Promise.resolve(bytes);
    }
    const sealed = this.#sealer.seal(bytes);
    const position = this.#end;
    this.#end += sealed.length;
    await this.#onFile((file) => writeAll(file, sealed, position));
    return () => this.#recall(position, sealed.length);
  }

  /** Forgets everything. */
  async close(): Promise<void> {
    const file = await this.#file?.catch(() => undefined);
    await file?.close();
    if (this.#folder !== undefined) await rm(this.#folder, { recursive: true, force: true });
    this.#folder = undefined;
  }

  async #recall(position: number, length: number): Promise<Uint8Array> {
    const sealed = new Uint8Array(length);
    await this.#onFile(async (file) => {
      let done = 0;
      while (done < length) {
        const { bytesRead } = await file.read(sealed, done, length - done, position + done);
        // What is missing does not authenticate.
        if (bytesRead === 0) return;
        done += bytesRead;
      }
    });
    return this.#sealer.open(sealed);
  }

  async #onFile(use: (file: FileHandle) => Promise<void>): Promise<void> {
    try {
      this.#file ??= this.#openFile();
      await use(await this.#file);
    } catch (error) {
      throw systemError(error, 'cannot put objects aside in', this.#folder ?? tmpdir());
    }
  }

  async #openFile(): Promise<FileHandle> {
    this.#folder = await mkdtemp(join(tmpdir(), 'ptar-spill-'));
    const file = await open(join(this.#folder, 'objects'), 'wx+', 0o600);
    // An open file cannot be removed on Windows: there it goes when it is closed.
    if (process.platform !== 'win32') {
      await rm(this.#folder, { recursive: true, force: true });
      this.#folder = undefined;
    }
    return file;
  }
}

async function writeAll(file: FileHandle, bytes: Uint8Array, position: number): Promise<void> {
  let done = 0;
  while (done < bytes.length) {
    done += (await file.write(bytes, done, bytes.length - done, position + done)).bytesWritten;
  }
}
