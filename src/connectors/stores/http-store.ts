import { FormatError } from '../../errors.ts';
import type { ByteSource } from '../../format/ports.ts';
import { BLOCK_SIZE, BlockCache } from './block-cache.ts';
import { parseHttpAddress } from './http-address.ts';
import { HttpFile, type HttpFileOptions } from './http-file.ts';

/**
 * Opens the archive at an http or https URL for reading in parts (RFC 9110 §14). Every answer is held against the size, ETag
 * and modification time of the first; failures are retried with growing delays; `NODE_EXTRA_CA_CERTS`, `HTTPS_PROXY` and
 * `NO_PROXY` are minded. Small reads are served from a cache, see {@link BlockCache}.
 *
 * @throws UsageError; NotFoundError NOT_FOUND_ARCHIVE; CancelledError
 * @throws ConnectorError CONNECTOR_UNREACHABLE, _TIMEOUT, _UNAUTHORIZED, _FORBIDDEN, _CONFIGURATION, _REJECTED; CONNECTOR_FAILED also
 * where the server sends whole files only; reads also CONNECTOR_CONFLICT where the file changed meanwhile
 */
export async function openHttpSource(url: string, options: HttpFileOptions = {}): Promise<ByteSource> {
  const address = parseHttpAddress(url);
  const file = new HttpFile(address, options);
  try {
    const first = await file.open(BLOCK_SIZE);
    return new HttpSource(address.name, file, first);
  } catch (error) {
    await file.close();
    throw error;
  }
}

class HttpSource implements ByteSource {
  readonly name: string;
  readonly size: number;
  readonly #file: HttpFile;
  readonly #cache: BlockCache;

  constructor(name: string, file: HttpFile, first: Uint8Array) {
    this.name = name;
    this.size = file.size;
    this.#file = file;
    let begin: Uint8Array | undefined = first;
    this.#cache = new BlockCache(file.size, (offset, length) => {
      const known = offset === 0 && length <= (begin?.length ?? -1) ? begin : undefined;
      if (known === undefined) return file.fetch(offset, length);
      begin = undefined;
      return Promise.resolve(known.slice(0, length));
    });
  }

  read(offset: number, length: number): Promise<Uint8Array> {
    const inside = Number.isSafeInteger(offset) && Number.isSafeInteger(length) && offset >= 0 && length >= 0;
    if (!inside || length > this.size - offset) {
      const range = `${length} bytes at offset ${offset}`;
      const message = `${this.name}: ${range} lie outside its ${this.size} bytes`;
      return Promise.reject(new FormatError('FORMAT_TRUNCATED', message, { offset }));
    }
    return this.#cache.read(offset, length);
  }

  close(): Promise<void> {
    return this.#file.close();
  }
}
