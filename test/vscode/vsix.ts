import { execFile } from 'node:child_process';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..', '..');
const LIMIT_MS = 5 * 60_000;

let made: Promise<string> | undefined;

/** The VSIX of what the sources are now; made once per test run. Does not need `dist/`. */
export function extensionPackage(): Promise<string> {
  made ??= make();
  return made;
}

async function make(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ptar-vsix-'));
  const [bundle, target] = [path.join(folder, 'extension'), path.join(folder, 'ptar.vsix')];
  const script = `import { buildExtension } from './scripts/build-extension.mjs';
    import { makeVsix } from './scripts/vsix.mjs';
    await buildExtension(${JSON.stringify(bundle)});
    await makeVsix(${JSON.stringify(bundle)}, ${JSON.stringify(target)});`;
  await run(process.execPath, ['--input-type=module', '-e', script], { cwd: root, timeout: LIMIT_MS });
  return target;
}
