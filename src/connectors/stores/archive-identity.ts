/** Which archive stands under a path: what tells whether somebody has replaced it meanwhile. */
import { open } from 'node:fs/promises';
import { ConnectorError } from '../../errors.ts';
import { TRAILER_LENGTH } from '../../format/container.ts';
import { WRAPPED_MAC_LENGTH } from '../../format/wrapped-object.ts';
import { systemError } from '../system-error.ts';

/**
 * Reads what no other archive has: device, inode, size, modification time, and the MAC of the state, which two archives share only
 * where they hold the same.
 * @throws ConnectorError CONNECTOR_PERMISSION, CONNECTOR_IO
 */
export async function readArchiveIdentity(path: string): Promise<string> {
  try {
    const file = await open(path, 'r');
    try {
      const { dev, ino, size, mtimeNs } = await file.stat({ bigint: true });
      const stateMac = new Uint8Array(WRAPPED_MAC_LENGTH);
      const macOffset = Math.max(0, Number(size) - TRAILER_LENGTH - WRAPPED_MAC_LENGTH);
      await file.read(stateMac, 0, WRAPPED_MAC_LENGTH, macOffset);
      return [dev, ino, size, mtimeNs, Buffer.from(stateMac).toString('hex')].join(':');
    } finally {
      await file.close();
    }
  } catch (error) {
    throw systemError(error, 'cannot read', path);
  }
}

/** @throws ConnectorError CONNECTOR_CONFLICT where the archive at `path` is no longer the one with `identity` */
export async function confirmArchiveIdentity(path: string, identity: string): Promise<void> {
  if ((await readArchiveIdentity(path)) === identity) return;
  throw new ConnectorError(
    'CONNECTOR_CONFLICT',
    `${path} was changed by somebody else meanwhile and stays as it is now; run the command again`,
  );
}
