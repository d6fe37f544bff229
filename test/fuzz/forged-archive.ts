/** Gives changed archives right MACs again, as far as their parts can be found. */
import { decodeConfiguration, hashingOf } from '../../src/format/configuration.ts';
import { type Extent, readContainer } from '../../src/format/container.ts';
import { archiveKeys } from '../../src/format/keys.ts';
import { portablePrimitives } from '../../src/format/portable-primitives.ts';
import type { Hasher } from '../../src/format/ports.ts';
import { WRAPPED_HEADER_LENGTH, WRAPPED_MAC_LENGTH } from '../../src/format/wrapped-object.ts';

/** A copy of the plaintext archive `bytes` whose configuration, packfile and state carry the MACs of what they are now. */
export async function authenticated(bytes: Uint8Array): Promise<Uint8Array> {
  const copy = Uint8Array.from(bytes);
  const source = {
    name: 'input.ptar',
    size: copy.length,
    read: (offset: number, length: number) => Promise.resolve(copy.slice(offset, offset + length)),
    close: () => Promise.resolve(),
  };
  const { configuration, packfile, state } = await readContainer(source);
  const { offset, length } = configuration;
  const data = copy.subarray(offset + WRAPPED_HEADER_LENGTH, offset + length - WRAPPED_MAC_LENGTH);
  const decoded = decodeConfiguration(data);
  const keys = archiveKeys(portablePrimitives, hashingOf(decoded), decoded.repositoryId, undefined);
  for (const [extent, hasher] of [
    [configuration, keys.beginConfigurationMac()],
    [packfile, keys.mac.begin()],
    [state, keys.mac.begin()],
  ] as const satisfies readonly (readonly [Extent, Hasher])[]) {
    const end = extent.offset + extent.length - WRAPPED_MAC_LENGTH;
    hasher.update(copy.subarray(extent.offset, end));
    copy.set(hasher.digest(), end);
  }
  return copy;
}
