import { encodeUtf8 } from '../format/bytes.ts';

/**
 * A path for the calls of `node:fs`. Text of an archive holds bytes that are no UTF-8 as lone surrogates (`decodeUtf8`), which
 * Node would replace; such a path goes as bytes.
 */
export function systemPath(path: string): string | Buffer {
  return path.isWellFormed() ? path : Buffer.from(encodeUtf8(path));
}
