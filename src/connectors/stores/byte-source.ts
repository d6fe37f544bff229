import type { ByteSource } from '../../format/ports.ts';
import { openFileSource } from './file-store.ts';
import { isHttpAddress } from './http-address.ts';

/**
 * Opens the bytes of an archive wherever they are: an http or https URL, or else the path of a file.
 * @throws what `openHttpSource` and `openFileSource` throw
 */
export async function openByteSource(
  location: string,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<ByteSource> {
  if (!isHttpAddress(location)) return openFileSource(location);
  const { openHttpSource } = await import('./http-store.ts');
  return openHttpSource(location, options.signal === undefined ? {} : { signal: options.signal });
}
