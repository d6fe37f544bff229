import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  chmod,
  link,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  rm,
  stat,
  statfs,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { createFileSink, openFileSource } from '../../../src/connectors/stores/file-store.ts';
import {
  CancelledError,
  ConnectorError,
  FormatError,
  NotFoundError,
  UsageError,
} from '../../../src/errors.ts';
import { requirement } from '../../requirements.ts';

describe('file store', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-store-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  describe('source', () => {
    it('reads exactly the range asked for, also in parallel', async () => {
      const path = join(folder, 'a.ptar');
      const content = Buffer.from(Array.from({ length: 70_000 }, (_, index) => (index * 31) & 0xff));
      await writeFile(path, content);
      const source = await openFileSource(path);
      assert.equal(source.size, content.length);
      await fc.assert(
        fc.asyncProperty(
          fc.array(fc.tuple(fc.nat(content.length), fc.nat(content.length)), { maxLength: 8 }),
          async (ranges) => {
            await Promise.all(
              ranges.map(async ([one, two]) => {
                const [start, end] = one < two ? [one, two] : [two, one];
                assert.deepEqual(
                  Buffer.from(await source.read(start, end - start)),
                  content.subarray(start, end),
                );
              }),
            );
          },
        ),
        { numRuns: 50 },
      );
      await source.close();
    });

    it('refuses ranges outside the file', async () => {
      const path = join(folder, 'a.ptar');
      await writeFile(path, 'twelve bytes');
      const source = await openFileSource(path);
      for (const [offset, length] of [
        [0, 13],
        [12, 1],
        [-1, 2],
        [0, -1],
        [2 ** 53, 1],
        [0.5, 1],
        [NaN, 1],
      ] as const) {
        await assert.rejects(source.read(offset, length), { name: 'FormatError', code: 'FORMAT_TRUNCATED' });
      }
      assert.equal((await source.read(12, 0)).length, 0);
      await source.close();
    });

    it('says where the file was cut while it was open', async () => {
      const path = join(folder, 'a.ptar');
      await writeFile(path, Buffer.alloc(1000));
      const source = await openFileSource(path);
      await truncate(path, 600);
      await assert.rejects(source.read(500, 200), (error: unknown) => {
        assert(error instanceof FormatError);
        assert.equal(error.code, 'FORMAT_TRUNCATED');
        assert.equal(error.offset, 600);
        assert.match(error.message, /a\.ptar became shorter/);
        return true;
      });
      await source.close();
    });

    it('tells a missing archive, a folder and a pipe apart', async () => {
      const missing = join(folder, 'none.ptar');
      await assert.rejects(openFileSource(missing), (error: unknown) => {
        assert(error instanceof NotFoundError);
        assert.equal(error.code, 'NOT_FOUND_ARCHIVE');
        assert.ok(error.message.includes(missing));
        return true;
      });
      await assert.rejects(openFileSource(folder), { code: 'CONNECTOR_INPUT', message: /is a folder/ });
      if (process.platform === 'win32') return;
      const pipe = join(folder, 'pipe');
      execFileSync('mkfifo', [pipe]);
      await assert.rejects(openFileSource(pipe), { code: 'CONNECTOR_INPUT', message: /not a regular file/ });
    });
  });

  describe('sink', () => {
    it('shows nothing under the name before commit, everything after', async () => {
      const path = join(folder, 'new.ptar');
      const sink = await createFileSink(path);
      const parts = [
        Buffer.from('small'),
        Buffer.alloc(3_000_000, 7),
        Buffer.alloc(900_000, 8),
        Buffer.from('end'),
      ];
      for (const part of parts) {
        const bytes = Uint8Array.from(part);
        await sink.write(bytes);
        bytes.fill(0);
      }
      assert.equal(await lstat(path).catch(() => undefined), undefined);
      assert.equal((await stat(sink.temporaryPath)).mode & 0o777, 0o600);
      await sink.commit();
      assert.deepEqual(await readFile(path), Buffer.concat(parts));
      assert.deepEqual(await readdir(folder), ['new.ptar']);
      await sink.abort();
      assert.deepEqual(await readdir(folder), ['new.ptar']);
    });

    it('keeps the previous archive and leaves nothing when aborted, also twice and during a write', async () => {
      const path = join(folder, 'old.ptar');
      await writeFile(path, 'previous');
      const sink = await createFileSink(path);
      const writing = sink.write(Buffer.alloc(8_000_000));
      const aborting = sink.abort();
      await Promise.allSettled([writing, aborting]);
      await sink.abort();
      assert.deepEqual(await readdir(folder), ['old.ptar']);
      assert.equal(await readFile(path, 'utf8'), 'previous');
      await assert.rejects(sink.write(Buffer.alloc(2_000_000)), CancelledError);
      await assert.rejects(sink.commit(), CancelledError);
    });

    it('does not replace without overwrite, also when the file came during the capture', async () => {
      const path = join(folder, 'one.ptar');
      const sink = await createFileSink(path, { overwrite: false });
      await sink.write(Buffer.from('new'));
      await writeFile(path, 'came first');
      await assert.rejects(
        sink.commit(),
        (error: unknown) => error instanceof UsageError && error.message.includes(path),
      );
      assert.equal(await readFile(path, 'utf8'), 'came first');
      assert.deepEqual(await readdir(folder), ['one.ptar']);
      await assert.rejects(createFileSink(path, { overwrite: false }), UsageError);
    });

    it('has scratch that nobody sees, until commit and abort', async () => {
      for (const end of ['commit', 'abort'] as const) {
        const sink = await createFileSink(join(folder, 'a.ptar'));
        const before = await readdir(folder);
        const scratch = sink.scratch?.();
        assert(scratch !== undefined);
        scratch.write(5, Buffer.from('one two'));
        scratch.write(9, Buffer.from('three'));
        const target = new Uint8Array(9);
        scratch.read(5, target);
        assert.equal(Buffer.from(target).toString(), 'one three');
        assert.deepEqual(await readdir(folder), before);
        assert.throws(
          () => {
            scratch.read(10, target);
          },
          { code: 'CONNECTOR_IO', message: /scratch beside .*a\.ptar: it ends early/ },
        );
        await sink[end]();
        assert.throws(() => {
          scratch.read(5, target);
        }, CancelledError);
      }
    });

    it('replaces what a symbolic link points to and keeps the link', async function () {
      if (process.platform === 'win32') this.skip();
      await mkdir(join(folder, 'disk'));
      await writeFile(join(folder, 'disk', 'real.ptar'), 'previous');
      await symlink('disk/real.ptar', join(folder, 'latest.ptar'));
      const sink = await createFileSink(join(folder, 'latest.ptar'));
      await sink.write(Buffer.from('new'));
      await sink.commit();
      assert.ok((await lstat(join(folder, 'latest.ptar'))).isSymbolicLink());
      assert.equal(await readFile(join(folder, 'disk', 'real.ptar'), 'utf8'), 'new');
      assert.deepEqual(await readdir(join(folder, 'disk')), ['real.ptar']);
    });

    it('does not write through a hard link of the previous archive', async () => {
      const path = join(folder, 'a.ptar');
      await writeFile(path, 'previous');
      await link(path, join(folder, 'copy.ptar'));
      const sink = await createFileSink(path);
      await sink.write(Buffer.from('new'));
      await sink.commit();
      assert.equal(await readFile(join(folder, 'copy.ptar'), 'utf8'), 'previous');
    });

    it('takes a name of 255 bytes', async () => {
      const name = `${'n'.repeat(250)}.ptar`;
      const sink = await createFileSink(join(folder, name));
      await sink.commit();
      assert.deepEqual(await readdir(folder), [name]);
    });

    it('names the missing folder, the folder in place of a file, the device', async () => {
      await assert.rejects(createFileSink(join(folder, 'no', 'a.ptar')), {
        code: 'CONNECTOR_IO',
        message: /its folder does not exist/,
      });
      await assert.rejects(createFileSink(folder), UsageError);
      if (process.platform !== 'win32') await assert.rejects(createFileSink('/dev/null'), UsageError);
    });

    it('reports a folder that vanished before commit', async () => {
      const inner = join(folder, 'inner');
      await mkdir(inner);
      const sink = await createFileSink(join(inner, 'a.ptar'));
      await sink.write(Buffer.from('bytes'));
      await rm(inner, { recursive: true });
      await assert.rejects(sink.commit(), (error: unknown) => {
        assert(error instanceof ConnectorError);
        assert.equal(error.code, 'CONNECTOR_IO');
        return true;
      });
      assert.deepEqual(await readdir(folder), []);
    });

    it('reports a rename that fails and removes its file', async () => {
      const path = join(folder, 'a.ptar');
      const sink = await createFileSink(path);
      await sink.write(Buffer.from('bytes'));
      await mkdir(path);
      await assert.rejects(sink.commit(), (error: unknown) => {
        assert(error instanceof ConnectorError);
        assert.ok(error.message.includes(path));
        return true;
      });
      assert.deepEqual(await readdir(folder), ['a.ptar']);
      assert.ok((await stat(path)).isDirectory());
    });
  });

  describe('sink on a full disk', () => {
    let disk: string;
    before(requirement('root'));
    beforeEach(async () => {
      disk = join(folder, 'disk');
      await mkdir(disk);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=2m', 'none', disk]);
    });
    afterEach(() => {
      execFileSync('umount', [disk]);
    });

    it('says so with the path, keeps the previous archive, gives the space back', async () => {
      const path = join(disk, 'a.ptar');
      await writeFile(path, 'previous');
      const sink = await createFileSink(path);
      const write = async (): Promise<void> => {
        for (let index = 0; index < 4; index++) await sink.write(Buffer.alloc(1 << 20, index));
        await sink.commit();
      };
      await assert.rejects(write(), (error: unknown) => {
        assert(error instanceof ConnectorError);
        assert.equal(error.code, 'CONNECTOR_NO_SPACE');
        assert.ok(error.message.includes(path));
        assert.doesNotMatch(error.message, /\n/);
        return true;
      });
      await sink.abort();
      assert.deepEqual(await readdir(disk), ['a.ptar']);
      assert.equal(await readFile(path, 'utf8'), 'previous');
    });

    it('says so where scratch has no room', async () => {
      const path = join(disk, 'a.ptar');
      const sink = await createFileSink(path);
      const scratch = sink.scratch?.();
      assert.throws(
        () => {
          for (let at = 0; at < 4; at++) scratch?.write(at << 20, Buffer.alloc(1 << 20));
        },
        { code: 'CONNECTOR_NO_SPACE', message: /scratch beside .*a\.ptar.* no space left/ },
      );
      await sink.abort();
      assert.deepEqual(await readdir(disk), []);
      assert.equal((await statfs(disk)).bfree, (await statfs(disk)).blocks);
    });

    it('reports a read-only file system as a permission', async () => {
      execFileSync('mount', ['-o', 'remount,ro', disk]);
      await assert.rejects(createFileSink(join(disk, 'a.ptar')), {
        code: 'CONNECTOR_PERMISSION',
        message: /read-only/,
      });
    });
  });

  describe('sink in a folder of someone else', () => {
    before(requirement('root'));

    it('reports that writing is not permitted', async () => {
      await chmod(folder, 0o755);
      process.seteuid?.(65534);
      try {
        await assert.rejects(createFileSink(join(folder, 'a.ptar')), {
          code: 'CONNECTOR_PERMISSION',
          message: /permission denied/,
        });
      } finally {
        process.seteuid?.(0);
      }
    });
  });
});
