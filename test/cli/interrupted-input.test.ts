// A capture of what never comes: each ends when it is interrupted, and leaves nothing.
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { constants, tmpdir } from 'node:os';
import { join } from 'node:path';
import { outputOf, startPtar } from './ptar-process.ts';

describe('a capture that waits for its input', function () {
  this.timeout(60_000);
  let folder: string;
  before(function () {
    if (process.platform === 'win32') this.skip();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-waits-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  /** Interrupts `ptar create SOURCE`, whose standard input stays open, once it has begun to write. */
  async function interrupted(source: string): Promise<{ exitCode: number; stderr: string; left: string[] }> {
    const before = await readdir(folder);
    const child = startPtar(['create', '--plaintext', '-o', 'a.ptar', source], { cwd: folder });
    const [output, exit] = [outputOf(child), once(child, 'exit')];
    while (!(await readdir(folder)).some((name) => name.endsWith('.tmp'))) {
      assert.equal(child.exitCode, null);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    child.kill('SIGINT');
    const left = async (): Promise<string[]> =>
      (await readdir(folder)).filter((name) => !before.includes(name));
    const { stderr } = await output;
    const [code, signal] = (await exit) as [number | null, NodeJS.Signals | null];
    // As shells have it. While a pipe is being opened the process cannot end by itself, and does so by the signal.
    const exitCode = code ?? 128 + constants.signals[signal ?? 'SIGKILL'];
    return { exitCode, stderr, left: await left() };
  }

  for (const source of ['manifests:-', 'tar:-']) {
    it(`from ${source}, a pipe that stays open`, async () => {
      const result = await interrupted(source);
      assert.deepEqual(result, { exitCode: 130, stderr: 'error: cancelled\n', left: [] });
    });
  }

  for (const scheme of ['manifests', 'tar']) {
    it(`from ${scheme}:PIPE, which nobody writes to`, async () => {
      assert.equal(spawnSync('mkfifo', [join(folder, 'pipe')]).status, 0);
      const result = await interrupted(`${scheme}:pipe`);
      assert.deepEqual(result, { exitCode: 130, stderr: 'error: cancelled\n', left: [] });
    });
  }
});
