import type { ByteSource } from './ports.ts';

/** Fills `target` with the bytes at `offset` of `source`: without a buffer for them where the source can. @throws as {@link ByteSource.read} */
export async function readInto(source: ByteSource, offset: number, target: Uint8Array): Promise<void> {
  if (source.readInto !== undefined) await source.readInto(offset, target);
  else target.set(await source.read(offset, target.length));
}
