/** Runs the examples of the library as a user would: from a package that holds what `package.json` exports. */
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { copyFile, mkdir, mkdtemp, readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { build } from 'esbuild';

const run = promisify(execFile);
const root = path.join(import.meta.dirname, '..');
const examples = path.join(root, 'examples', 'library');

describe('examples/library', () => {
  let folder: string;
  const ran = new Set<string>();

  const example = async (name: string, ...args: string[]): Promise<string> => {
    ran.add(name);
    const env = { ...process.env, PTAR_PASSPHRASE: 'first', PTAR_NEW_PASSPHRASE: 'second' };
    return (await run(process.execPath, [name, ...args], { cwd: folder, env })).stdout;
  };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-examples-'));
    const installed = path.join(folder, 'node_modules', 'ptar');
    await mkdir(installed, { recursive: true });
    await copyFile(path.join(root, 'package.json'), path.join(installed, 'package.json'));
    await build({
      entryPoints: [path.join(root, 'src', 'format', 'index.ts')],
      outfile: path.join(installed, 'dist', 'format', 'index.js'),
      bundle: true,
      format: 'esm',
      platform: 'neutral',
      mainFields: ['module', 'main'],
      logLevel: 'error',
    });
    for (const name of await readdir(examples)) {
      if (name.endsWith('.mjs')) await copyFile(path.join(examples, name), path.join(folder, name));
    }
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('write-archive.mjs writes what read-archive.mjs shows', async () => {
    assert.match(
      await example('write-archive.mjs', 'a.ptar'),
      /^a\.ptar: snapshot [0-9a-f]{8} with 4 entries/,
    );
    assert.equal((await stat(path.join(folder, 'a.ptar'))).mode & 0o777, 0o600);
    const shown = await example('read-archive.mjs', 'a.ptar');
    assert.match(shown, /^ {2}\/notes\/again\.txt 16\n {4}\| Hello, archive\.$/m);
  });

  it('read-in-worker.mjs lists the same paths', async () => {
    assert.deepEqual((await example('read-in-worker.mjs', 'a.ptar')).trim().split('\n'), [
      '/',
      '/notes',
      '/notes/again.txt',
      '/notes/hello.txt',
    ]);
  });

  it('copy-archive.mjs signs what check-archive.mjs trusts, and nothing else is trusted', async () => {
    const [key = ''] =
      /ed25519:[0-9a-f]{64}/.exec(await example('copy-archive.mjs', 'a.ptar', 'b.ptar')) ?? [];
    const second = { cwd: folder, env: { ...process.env, PTAR_PASSPHRASE: 'second' } };
    const check = (...args: string[]): Promise<{ stdout: string }> =>
      run(process.execPath, ['check-archive.mjs', ...args], second);
    assert.equal((await check('b.ptar', key)).stdout, 'b.ptar: sound\n');
    await assert.rejects(check('b.ptar', `ed25519:${'00'.repeat(32)}`), {
      code: 1,
      stdout: /INTEGRITY_SIGNATURE/,
    });
    assert.equal(await example('check-archive.mjs', 'a.ptar'), 'a.ptar: sound\n');
  });

  it('all have run', async () => {
    // The others import it.
    ran.add('file-source.mjs');
    const names = (await readdir(examples)).filter((name) => name.endsWith('.mjs'));
    assert.deepEqual([...ran].sort(), names.sort());
  });
});
