import assert from 'node:assert/strict';
import { lstat, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { writeNewSmallFile, writeSmallFile } from '../../src/connectors/atomic-small-file.ts';

const ATTRIBUTES = { mode: 0o640, modTime: 1_000_000_000.5 };
/** No system has such an owner: writing fails when the content is there already. */
const IMPOSSIBLE = { ...ATTRIBUTES, owner: { uid: 2 ** 40, gid: 0 } };
const CONTENT = Buffer.from('content');

describe('small file', () => {
  let folder: string;
  let path: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-small-'));
    path = join(folder, 'file');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  for (const [how, write] of [
    [
      'beside others',
      (at: string, attributes = ATTRIBUTES) => writeSmallFile(at, CONTENT, attributes, false),
    ],
    ['in a new folder', (at: string, attributes = ATTRIBUTES) => writeNewSmallFile(at, CONTENT, attributes)],
  ] as const) {
    describe(how, () => {
      it('has content, mode and time', async () => {
        write(path);
        const { mode, mtimeMs } = await lstat(path);
        assert.equal(await readFile(path, 'utf8'), 'content');
        assert.equal(mtimeMs, 1_000_000_000_500);
        if (process.platform !== 'win32') assert.equal(mode & 0o7777, 0o640);
        assert.deepEqual(await readdir(folder), ['file']);
      });

      it('neither replaces nor follows what is there', async () => {
        await writeFile(path, 'mine');
        assert.throws(() => write(path), { code: 'EEXIST' });
        assert.equal(await readFile(path, 'utf8'), 'mine');
        const link = join(folder, 'link');
        await symlink(join(folder, 'elsewhere'), link);
        assert.throws(() => write(link), { code: 'EEXIST' });
        assert.deepEqual((await readdir(folder)).sort(), ['file', 'link']);
      });

      it('leaves nothing behind when it fails', async () => {
        assert.throws(() => write(path, IMPOSSIBLE), { code: 'ERR_OUT_OF_RANGE' });
        assert.deepEqual(await readdir(folder), []);
      });
    });
  }
});
