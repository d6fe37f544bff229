import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdtemp, readdir, readFile, rm, utimes, writeFile } from 'node:fs/promises';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { lockArchive } from '../../../src/connectors/stores/archive-lock.ts';
import { interceptFileCalls, systemFault } from './file-calls.ts';

describe('lock of an archive', () => {
  let folder: string;
  let path: string;
  let lockPath: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-lock-'));
    path = join(folder, 'a.ptar');
    lockPath = join(folder, '.a.ptar.lock');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const leave = (pid: number, host: string): Promise<void> =>
    writeFile(lockPath, JSON.stringify({ pid, host, since: '2026-01-01T00:00:00.000Z' }));

  it('keeps others out until it is given back, and leaves nothing behind', async () => {
    const lock = await lockArchive(path);
    assert.equal(lock.path, lockPath);
    await assert.rejects(lockArchive(path), {
      code: 'CONNECTOR_CONFLICT',
      message: new RegExp(`${process.pid}`),
    });
    await lock.release();
    await (await lockArchive(path)).release();
    assert.deepEqual(await readdir(folder), []);
  });

  it('is taken over from a process of this machine that has ended', async () => {
    const { pid } = spawnSync(process.execPath, ['--version']);
    await leave(pid, hostname());
    await (await lockArchive(path)).release();
  });

  it('is not taken over from another machine, unless untouched for ten minutes', async () => {
    await leave(1, 'elsewhere');
    await assert.rejects(lockArchive(path), { code: 'CONNECTOR_CONFLICT', message: /1 on elsewhere since/ });
    const before = new Date(Date.now() - 11 * 60_000);
    await utimes(lockPath, before, before);
    await (await lockArchive(path)).release();
  });

  it('that was lost to somebody else is left to them', async () => {
    const lock = await lockArchive(path);
    await leave(1, 'elsewhere');
    await lock.release();
    assert.match(await readFile(lockPath, 'utf8'), /elsewhere/);
  });

  it('goes to one of many who ask at the same time', async () => {
    const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockArchive(path)));
    assert.equal(outcomes.filter(({ status }) => status === 'fulfilled').length, 1);
  });

  it('needs no links, which FAT and network drives lack', async () => {
    const restore = await interceptFileCalls((call, proceed) =>
      call === 'link' ? Promise.reject(systemFault('EPERM', 'link')) : proceed(),
    );
    try {
      const outcomes = await Promise.allSettled(Array.from({ length: 20 }, () => lockArchive(path)));
      const [lock, ...others] = outcomes.filter((outcome) => outcome.status === 'fulfilled');
      assert.deepEqual(others, []);
      await assert.rejects(lockArchive(path), { code: 'CONNECTOR_CONFLICT', message: /process \d+ on / });
      await lock?.value.release();
      await leave(spawnSync(process.execPath, ['--version']).pid, hostname());
      await (await lockArchive(path)).release();
      assert.deepEqual(await readdir(folder), []);
    } finally {
      restore();
    }
  });
});
