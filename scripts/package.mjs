/** `npm run package`: one VSIX for all platforms, `ptar-VERSION.vsix`. */
import { statSync } from 'node:fs';
import { join } from 'node:path';
import { install, root, run } from './install.mjs';

/** A VSIX above it has something in it that does not belong there (bytes). */
const SIZE_MAX = 2 << 20;

install();
run(process.execPath, ['scripts/build.mjs']);
const { makeVsix, manifest } = await import('./vsix.mjs');
const target = join(root, `${manifest.name}-${manifest.version}.vsix`);
await makeVsix(join(root, 'dist', 'extension'), target);
const { size } = statSync(target);
process.stdout.write(`${target}: ${(size / 1024).toFixed(0)} KiB\n`);
if (size > SIZE_MAX) {
  process.stderr.write(`package: the VSIX is larger than ${SIZE_MAX} bytes\n`);
  process.exit(1);
}
