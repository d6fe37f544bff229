import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf, runPtar, startPtar, type PtarRun } from './ptar-process.ts';

const PATTERN = 'backups/prod-{timestamp}.ptar';
/** Holds the lock until its passphrase comes. */
const WAITING = ['create', '-o', PATTERN, '--keep', '1', '--passphrase-command', 'exec sleep 30', 'file'];

describe('create into a series', function () {
  this.timeout(180_000);
  let folder: string;

  const create = (...args: readonly string[]): Promise<PtarRun> =>
    runPtar(['create', '--plaintext', '-o', PATTERN, ...args], { cwd: folder });
  const archives = async (): Promise<string[]> => (await readdir(join(folder, 'backups'))).sort();

  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-cli-series-'));
    await mkdir(join(folder, 'backups'));
    await writeFile(join(folder, 'file'), 'content');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('keeps the newest two of five, says what it removes, and touches no foreign file', async () => {
    const foreign = ['prod-20200101T000000Z.ptar', 'prod-20200101T000000Z.ptar.sha256', 'prod-old.ptar'];
    for (const name of foreign) await writeFile(join(folder, 'backups', name), 'not an archive');
    const made: string[] = [];
    for (let turn = 1; turn <= 5; turn++) {
      const before = await archives();
      const run = await create('--keep', '2', '--format', turn === 5 ? 'json' : 'table', 'file');
      assert.equal(run.exitCode, 0, run.stderr);
      const [added = ''] = (await archives()).filter((name) => !before.includes(name));
      assert.match(added, /^prod-\d{8}T\d{6}Z\.ptar$/);
      made.push(added);
      const gone = made.slice(-3, -2);
      if (turn === 5) {
        const { removed } = JSON.parse(run.stdout) as { removed: string[] };
        assert.deepEqual(
          removed,
          gone.map((name) => join('backups', name)),
        );
      } else {
        const removed = [...run.stderr.matchAll(/^removed (.*)$/gm)].map(([, path]) => path);
        assert.deepEqual(
          removed,
          gone.map((name) => join('backups', name)),
        );
      }
    }
    assert.deepEqual(await archives(), [...foreign, ...made.slice(-2)].sort());
  });

  it('removes the parity file of an archive together with it', async () => {
    for (let turn = 1; turn <= 2; turn++) {
      const run = await create('--keep', '1', '--parity', 'file');
      assert.equal(run.exitCode, 0, run.stderr);
    }
    const names = await archives();
    assert.equal(names.length, 2);
    assert.equal(names[1], `${names[0]}.par`);
  });

  it('removes after a capture with failed items, and nothing after one that failed or was interrupted', async () => {
    await create('file');
    await create('file');
    const before = await archives();
    assert.equal(before.length, 2);

    assert.equal((await create('--keep', '1', 'missing')).exitCode, 3);
    assert.deepEqual(await archives(), before);

    const child = startPtar(WAITING, { cwd: folder });
    const ended = outputOf(child);
    while (!(await archives()).includes('.prod-{timestamp}.ptar.lock')) {
      assert.equal(child.exitCode, null);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    const busy = await create('--keep', '1', 'file');
    assert.equal(busy.exitCode, 7, busy.stderr);
    assert.match(busy.stderr, /^error: .*prod-\{timestamp\}\.ptar is being written by process \d+ .*\n$/);
    child.kill('SIGINT');
    assert.equal((await ended).exitCode, 130);
    assert.deepEqual(await archives(), before);

    await writeFile(join(folder, 'broken.yaml'), 'kind: [');
    const partial = await create('--keep', '1', 'manifests:broken.yaml', 'file');
    assert.equal(partial.exitCode, 4, partial.stderr);
    assert.equal((await archives()).length, 1);
  });

  it('takes over the lock of a process that was killed', async () => {
    const child = startPtar(WAITING, { cwd: folder });
    while (!(await archives()).includes('.prod-{timestamp}.ptar.lock')) {
      assert.equal(child.exitCode, null);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGKILL');
    await once(child, 'exit');
    assert.equal((await create('file')).exitCode, 0);
    assert.ok(!(await archives()).some((name) => name.endsWith('.lock')));
  });

  it('lets one at a time write the same file', async () => {
    const lock = JSON.stringify({ pid: process.pid, host: hostname(), since: new Date().toISOString() });
    await writeFile(join(folder, '.one.ptar.lock'), lock);
    const run = await runPtar(['create', '--plaintext', '-o', 'one.ptar', 'file'], { cwd: folder });
    assert.equal(run.exitCode, 7, run.stderr);
    assert.deepEqual((await readdir(folder)).sort(), ['.one.ptar.lock', 'backups', 'file']);
  });

  for (const [why, args] of [
    ['--keep without a series', ['-o', 'one.ptar', '--keep', '2', 'file']],
    ['--keep 0', ['-o', PATTERN, '--keep', '0', 'file']],
    ['a tar as the archive', ['-o', 'tar:-', 'file']],
    ['standard output as the archive', ['-o', '-', 'file']],
    ['--overwrite of a series', ['-o', PATTERN, '--overwrite', 'file']],
    ['the time as a folder', ['-o', '{timestamp}/one.ptar', 'file']],
  ] as const) {
    it(`refuses ${why}`, async () => {
      const run = await runPtar(['create', '--plaintext', ...args], { cwd: folder });
      assert.equal(run.exitCode, 2, run.stderr);
      assert.match(run.stderr, /^error: [^\n]+\n/);
    });
  }
});
