import { readFileSync } from 'node:fs';

/** Version of this package. */
export const VERSION = readVersion();

/** How ptar names itself, in snapshots and in requests. */
export const CLIENT = `ptar/${VERSION}`;

function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'));
  const isManifest = typeof manifest === 'object' && manifest !== null && 'version' in manifest;
  return isManifest && typeof manifest.version === 'string' ? manifest.version : 'unknown';
}
