import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createServer } from 'node:net';
import {
  appendFile,
  chmod,
  chown,
  link,
  mkdir,
  mkdtemp,
  realpath,
  rename,
  rm,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openFilesystemImporter } from '../../../src/connectors/filesystem/importer.ts';
import { parseAccountFile } from '../../../src/connectors/filesystem/account-names.ts';
import { CancelledError, isPtarError, NotFoundError } from '../../../src/errors.ts';
import { decodeUtf8, encodeUtf8 } from '../../../src/format/bytes.ts';
import { formatFileMode } from '../../../src/format/file-mode.ts';
import type { EntryRecord, SourceRecord } from '../../../src/format/source-record.ts';
import { requirement } from '../../requirements.ts';

async function collect(
  path: string,
  excludePaths: readonly string[] = [],
): Promise<Map<string, SourceRecord[]>> {
  const importer = await openFilesystemImporter(path, { excludePaths });
  const records = new Map<string, SourceRecord[]>();
  for await (const record of importer.records({})) {
    const list = records.get(record.path) ?? [];
    list.push(record);
    records.set(record.path, list);
  }
  await importer.close();
  return records;
}

async function contentOf(record: EntryRecord): Promise<Buffer> {
  const chunks: Uint8Array[] = [];
  if (record.content !== undefined) for await (const chunk of record.content()) chunks.push(chunk);
  return Buffer.concat(chunks);
}

function entry(records: Map<string, SourceRecord[]>, path: string): EntryRecord {
  const record = records.get(path)?.[0];
  assert.ok(record !== undefined && 'info' in record, `no entry at ${path}`);
  return record;
}

function errorAt(records: Map<string, SourceRecord[]>, path: string): string {
  const record = records.get(path)?.find((item) => 'error' in item);
  assert.ok(record !== undefined, `no error at ${path}`);
  return record.error;
}

describe('filesystem importer', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ptar-import-')));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('yields folders before their content, names in byte order, ancestors first', async () => {
    await mkdir(join(folder, 'b'));
    await writeFile(join(folder, 'b', 'inner'), 'x');
    for (const name of ['a', 'b.txt', 'B', 'z', 'ä']) await writeFile(join(folder, name), name);
    const records = await collect(folder);
    const below = [...records.keys()].filter((path) => path.startsWith(`${folder}/`));
    assert.deepEqual(
      below.map((path) => path.slice(folder.length + 1)),
      ['B', 'a', 'b', 'b/inner', 'b.txt', 'z', 'ä'],
    );
    const elements = folder.split('/').slice(1);
    const above = elements.map((_, index) => `/${elements.slice(0, index).join('/')}`);
    assert.deepEqual([...records.keys()].slice(0, above.length), above);
    assert.equal(entry(records, '/').info.name, '/');
  });

  it('keeps content, size, mode with special bits and modification time to the nanosecond', async () => {
    const path = join(folder, 'tool');
    const content = Buffer.alloc(2_500_000, 'ptar');
    await writeFile(path, content);
    await chmod(path, 0o4755);
    execFileSync('touch', ['-d', '2001-02-03T04:05:06.123456789Z', path]);
    execFileSync('touch', ['-d', '1969-12-31T23:59:58.5Z', folder]);
    await chmod(folder, 0o1777);
    const records = await collect(folder);
    const { info } = entry(records, path);
    assert.equal(info.size, content.length);
    assert.equal(formatFileMode(info.mode), 'urwxr-xr-x');
    assert.deepEqual(info.modTime, { seconds: 981_173_106n, nanoseconds: 123_456_789 });
    assert.ok(content.equals(await contentOf(entry(records, path))));
    assert.equal(formatFileMode(entry(records, folder).info.mode), 'dtrwxrwxrwx');
    assert.deepEqual(entry(records, folder).info.modTime, { seconds: -2n, nanoseconds: 500_000_000 });
  });

  it('keeps link targets as they are, also dangling and looping ones', async () => {
    await symlink('nowhere/../x', join(folder, 'dangling'));
    await symlink('loop', join(folder, 'loop'));
    await symlink('.', join(folder, 'self'));
    const records = await collect(folder);
    assert.equal(entry(records, join(folder, 'dangling')).symlinkTarget, 'nowhere/../x');
    assert.equal(entry(records, join(folder, 'loop')).symlinkTarget, 'loop');
    assert.equal(entry(records, join(folder, 'self')).symlinkTarget, '.');
    assert.equal(records.has(join(folder, 'self', 'self')), false);
  });

  it('records hard links as files of their own', async () => {
    await writeFile(join(folder, 'one'), 'same');
    await link(join(folder, 'one'), join(folder, 'two'));
    const records = await collect(folder);
    assert.equal((await contentOf(entry(records, join(folder, 'two')))).toString(), 'same');
    assert.equal(entry(records, join(folder, 'one')).info.linkCount, 2);
  });

  it('records pipes and sockets without content and without waiting for them', async () => {
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const server = createServer().listen(join(folder, 'socket'));
    await new Promise((resolve) => server.once('listening', resolve));
    try {
      const records = await collect(folder);
      assert.equal(formatFileMode(entry(records, join(folder, 'pipe')).info.mode).startsWith('p'), true);
      assert.equal(formatFileMode(entry(records, join(folder, 'socket')).info.mode).startsWith('S'), true);
      assert.equal(entry(records, join(folder, 'pipe')).content, undefined);
    } finally {
      server.close();
    }
  });

  it('keeps names and link targets that are no UTF-8 byte by byte', async function () {
    if (process.platform !== 'linux') this.skip();
    const name = Buffer.from([0x63, 0x61, 0x66, 0xe9]);
    await mkdir(Buffer.concat([Buffer.from(`${folder}/`), name]));
    await writeFile(Buffer.concat([Buffer.from(`${folder}/`), name, Buffer.from('/file')]), 'x');
    await symlink(name, join(folder, 'link'));
    const records = await collect(folder);
    const path = `${folder}/${decodeUtf8(name)}/file`;
    assert.deepEqual(Buffer.from(encodeUtf8(path)).subarray(folder.length + 1, -5), name);
    assert.equal((await contentOf(entry(records, path))).toString(), 'x');
    assert.equal(entry(records, join(folder, 'link')).symlinkTarget, decodeUtf8(name));
  });

  it('leaves out the archive that is being written, under whatever name it is met', async () => {
    await writeFile(join(folder, '.out.ptar.tmp'), 'half an archive');
    await link(join(folder, '.out.ptar.tmp'), join(folder, 'other-name'));
    await writeFile(join(folder, 'kept'), 'x');
    const records = await collect(folder, [join(folder, '.out.ptar.tmp'), join(folder, 'not-there')]);
    assert.ok(records.has(join(folder, 'kept')));
    assert.equal(records.has(join(folder, '.out.ptar.tmp')), false);
    assert.equal(records.has(join(folder, 'other-name')), false);
  });

  it('reads a growing file as it was, and refuses one that shrank or was replaced', async () => {
    for (const name of ['grows', 'replaced', 'shrinks', 'vanishes']) {
      await writeFile(join(folder, name), 'first');
    }
    const records = await collect(folder);
    await appendFile(join(folder, 'grows'), ' and more');
    await truncate(join(folder, 'shrinks'), 2);
    await writeFile(join(folder, 'new'), 'other');
    await rename(join(folder, 'new'), join(folder, 'replaced'));
    await rm(join(folder, 'vanishes'));
    assert.equal((await contentOf(entry(records, join(folder, 'grows')))).toString(), 'first');
    for (const [name, pattern] of [
      ['shrinks', /became shorter/],
      ['replaced', /was replaced/],
      ['vanishes', /no such file/],
    ] as const) {
      await assert.rejects(contentOf(entry(records, join(folder, name))), (error: unknown) => {
        assert(isPtarError(error));
        assert.match(error.message, pattern);
        return true;
      });
    }
  });

  it('says the same where every content is read at once', async () => {
    await writeFile(join(folder, 'empty'), '');
    await writeFile(join(folder, 'small'), 'kind: ConfigMap');
    await writeFile(join(folder, 'largest small'), Buffer.alloc(256 << 10, 1));
    await writeFile(join(folder, 'large'), Buffer.alloc((256 << 10) + 1, 2));
    await symlink('small', join(folder, 'link'));
    await mkdir(join(folder, 'folder'));
    await writeFile(join(folder, 'folder', 'inner'), 'x');
    execFileSync('mkfifo', [join(folder, 'pipe')]);
    const importer = await openFilesystemImporter(folder, {
      excludePaths: [join(folder, 'folder', 'inner')],
    });
    const listed = async (readsAll: boolean): Promise<unknown[]> => {
      const items: unknown[] = [];
      for await (const record of importer.records({ readsAll })) {
        assert.ok('info' in record);
        const { content, ...rest } = record;
        items.push(rest, content && (await contentOf(record)));
      }
      return items;
    };
    assert.deepEqual(await listed(true), await listed(false));
  });

  it('says of a file that is gone when it is opened that it is gone', async () => {
    for (const name of ['a', 'b']) await writeFile(join(folder, name), name);
    const importer = await openFilesystemImporter(folder);
    const reasons: string[] = [];
    for await (const record of importer.records({ readsAll: true })) {
      if (record.path === join(folder, 'a')) await rm(join(folder, 'b'));
      if ('error' in record) reasons.push(`${record.path}: ${record.error}`);
    }
    assert.equal(reasons.length, 1);
    assert.match(reasons[0]!, /\/b: .*no such/);
  });

  it('follows a link at the root only, and takes a single file', async () => {
    await mkdir(join(folder, 'real'));
    await writeFile(join(folder, 'real', 'file'), 'x');
    await symlink('real', join(folder, 'link'));
    const importer = await openFilesystemImporter(join(folder, 'link'));
    assert.equal(importer.root, join(folder, 'real'));
    const single = await collect(join(folder, 'real', 'file'));
    assert.equal((await contentOf(entry(single, join(folder, 'real', 'file')))).toString(), 'x');
  });

  it('stops when cancelled', async () => {
    for (let index = 0; index < 20; index++) await writeFile(join(folder, `f${index}`), 'x');
    const importer = await openFilesystemImporter(folder);
    const controller = new AbortController();
    let count = 0;
    await assert.rejects(async () => {
      for await (const record of importer.records({ signal: controller.signal })) {
        if (record.path.includes('/f') && ++count === 3) controller.abort();
      }
    }, CancelledError);
    assert.equal(count, 3);
  });

  it('names a source that is not there', async () => {
    const path = join(folder, 'none');
    await assert.rejects(openFilesystemImporter(path), (error: unknown) => {
      assert(error instanceof NotFoundError);
      assert.equal(error.code, 'NOT_FOUND_SOURCE');
      assert.ok(error.message.includes(path));
      return true;
    });
  });

  describe('as root', () => {
    before(requirement('root'));

    it('keeps owner and group with names, records devices', async () => {
      await writeFile(join(folder, 'owned'), 'x');
      await chown(join(folder, 'owned'), 1, 2);
      await chown(folder, 12_345_678, 12_345_678);
      execFileSync('mknod', [join(folder, 'device'), 'c', '1', '3']);
      const records = await collect(folder);
      const { info } = entry(records, join(folder, 'owned'));
      assert.deepEqual([info.uid, info.gid], [1, 2]);
      assert.equal(info.userName, execFileSync('id', ['-un', '1'], { encoding: 'utf8' }).trim());
      assert.equal(entry(records, folder).info.userName, '');
      const device = entry(records, join(folder, 'device'));
      assert.equal(formatFileMode(device.info.mode).startsWith('Dc'), true);
      assert.equal(device.content, undefined);
    });

    it('turns what may not be read into errors and goes on', async () => {
      await chmod(folder, 0o755);
      await mkdir(join(folder, 'closed'), { mode: 0o700 });
      await writeFile(join(folder, 'secret'), 'x', { mode: 0o600 });
      await writeFile(join(folder, 'visible'), 'y', { mode: 0o644 });
      process.seteuid?.(65_534);
      try {
        const records = await collect(folder);
        assert.match(errorAt(records, join(folder, 'closed')), /permission denied/);
        await assert.rejects(contentOf(entry(records, join(folder, 'secret'))), {
          code: 'CONNECTOR_PERMISSION',
        });
        assert.equal((await contentOf(entry(records, join(folder, 'visible')))).toString(), 'y');
      } finally {
        process.seteuid?.(0);
      }
    });
  });
});

describe('account file', () => {
  it('gives the first name of an id and ignores lines that are none', () => {
    const names = parseAccountFile(
      'root:x:0:0::/root:/bin/sh\ntoor:x:0:0\n# c:x:5\nbroken\nx:y:-1\n:x:7\nann:x:1000:1000\n',
    );
    assert.deepEqual(
      [...names],
      [
        [0, 'root'],
        [1000, 'ann'],
      ],
    );
  });
});
