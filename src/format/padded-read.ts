import type { ByteSource } from './ports.ts';

/** What `source` has of `length` bytes at `offset`, continued with zeros to `size`. @throws ConnectorError of the source */
export async function readPadded(
  source: ByteSource,
  offset: number,
  length: number,
  size: number,
): Promise<Uint8Array> {
  const bytes = new Uint8Array(size);
  const found = Math.max(0, Math.min(length, source.size - offset));
  if (found > 0) bytes.set(await source.read(offset, found));
  return bytes;
}
