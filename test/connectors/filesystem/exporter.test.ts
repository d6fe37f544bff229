// Captures real folders into real archives and writes them back. Only what no archive of ours can hold is made by hand.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import {
  chmod,
  lstat,
  mkdir,
  mkdtemp,
  readFile,
  readdir,
  realpath,
  rm,
  symlink,
  utimes,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { ExportResult } from '../../../src/connectors/connector.ts';
import { ConfinedFolder } from '../../../src/connectors/filesystem/confined-folder.ts';
import {
  openFilesystemExporter,
  type FilesystemExporterOptions,
} from '../../../src/connectors/filesystem/exporter.ts';
import { CancelledError, IntegrityError } from '../../../src/errors.ts';
import {
  MODE_DIRECTORY,
  MODE_SYMLINK,
  plainFileInfo,
  timestampFromMs,
  type ArchiveReader,
  type SnapshotEntry,
  type SnapshotReader,
} from '../../../src/format/index.ts';
import { captureSources } from '../../../src/operations/capture.ts';
import { openArchiveFile } from '../../../src/operations/open-archive.ts';
import { generatedBytes } from '../../format/generated-bytes.ts';
import { requirement } from '../../requirements.ts';

let folder: string;
let source: string;
let target: string;
let archives: ArchiveReader[];

async function captured(): Promise<SnapshotReader> {
  const archivePath = join(folder, `${archives.length}.ptar`);
  await captureSources({ sources: [source], archivePath, encryption: () => Promise.resolve('plaintext') });
  const archive = await openArchiveFile(archivePath);
  archives.push(archive);
  const [snapshot] = await archive.snapshots();
  assert.ok(snapshot !== undefined);
  return snapshot;
}

async function extract(
  snapshot: SnapshotReader,
  options: FilesystemExporterOptions & { dryRun?: boolean; signal?: AbortSignal } = {},
  entries: AsyncIterable<readonly SnapshotEntry[]> = snapshot.walkBatches(source),
): Promise<Map<string, ExportResult>> {
  const { dryRun = false, signal, ...choices } = options;
  const exporter = await openFilesystemExporter(target, choices);
  const results = new Map<string, ExportResult>();
  for await (const batch of exporter.export(snapshot, entries, { dryRun, ...(signal && { signal }) })) {
    for (const result of batch) results.set(result.path, result);
  }
  await exporter.close();
  return results;
}

/** `snapshot`, of which large contents are read otherwise. */
function withLarge(snapshot: SnapshotReader, lentContent: SnapshotReader['lentContent']): SnapshotReader {
  const [peekContent, content] = [snapshot.peekContent.bind(snapshot), snapshot.content.bind(snapshot)];
  return { peekContent, content, lentContent } as unknown as SnapshotReader;
}

/** Path below `root`, type, permissions, time in seconds, and content or target of everything. */
function listing(root: string, at = ''): string[] {
  const lines: string[] = [];
  for (const name of readdirSync(join(root, at)).sort()) {
    const path = join(at, name);
    const stats = lstatSync(join(root, path));
    const permissions = (stats.mode & 0o1777).toString(8);
    if (stats.isSymbolicLink()) lines.push(`${path} -> ${readlinkSync(join(root, path))}`);
    else if (stats.isDirectory()) {
      lines.push(`${path}/ ${permissions} ${Math.floor(stats.mtimeMs / 1000)}`, ...listing(root, path));
    } else {
      lines.push(
        `${path} ${permissions} ${Math.floor(stats.mtimeMs / 1000)} ${readFileSync(join(root, path), 'base64')}`,
      );
    }
  }
  return lines;
}

function entryAt(path: string, mode: number, symlinkTarget?: string): SnapshotEntry {
  const info = plainFileInfo(path.slice(path.lastIndexOf('/') + 1), mode >>> 0, timestampFromMs(0));
  return { path, info, symlinkTarget, objectId: undefined, contentType: '', extendedAttributes: [] };
}

/** A snapshot of hostile entries, each file with the same content, which our reader and writer would refuse. */
async function* hostile(entries: readonly SnapshotEntry[]): AsyncGenerator<readonly SnapshotEntry[]> {
  for (const entry of entries) {
    await Promise.resolve();
    yield [entry];
  }
}
const hostileSnapshot = {
  peekContent: () => undefined,
  async *content() {
    await Promise.resolve();
    yield Buffer.from('planted');
  },
} as unknown as SnapshotReader;

describe('filesystem exporter', () => {
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ptar-export-')));
    source = join(folder, 'source');
    target = join(folder, 'target');
    archives = [];
    await mkdir(source);
  });
  afterEach(async () => {
    for (const archive of archives) await archive.close();
    await rm(folder, { recursive: true, force: true });
  });

  it('writes back what was captured: content, modes, times, links', async () => {
    await mkdir(join(source, 'deep', 'er'), { recursive: true });
    await writeFile(join(source, 'empty'), '');
    await writeFile(join(source, 'large'), Buffer.alloc(3_000_000, 'content '));
    await writeFile(join(source, 'deep', 'er', 'run'), '#!/bin/sh\n');
    await chmod(join(source, 'deep', 'er', 'run'), 0o755);
    await writeFile(join(source, 'system:node.yaml'), 'odd name');
    await symlink('../large', join(source, 'deep', 'link'));
    await symlink('/nowhere/at/all', join(source, 'dangling'));
    await utimes(join(source, 'empty'), 1_000_000_000.5, 1_000_000_000.5);
    await utimes(join(source, 'deep', 'er'), 1_100_000_000, 1_100_000_000);
    await chmod(join(source, 'deep', 'er'), 0o555);
    const results = await extract(await captured());
    assert.deepEqual(listing(join(target, source)), listing(source));
    assert.deepEqual([...new Set([...results.values()].map(({ outcome }) => outcome))], ['created']);
    assert.equal((await lstat(join(target, source, 'empty'))).mtimeMs, 1_000_000_000_500);
    await chmod(join(source, 'deep', 'er'), 0o755);
    await chmod(join(target, source, 'deep', 'er'), 0o755);
  });

  it('keeps files that exist, and replaces them when asked', async () => {
    await writeFile(join(source, 'a'), 'captured');
    await symlink('captured', join(source, 'l'));
    const snapshot = await captured();
    await extract(snapshot);
    await writeFile(join(target, source, 'a'), 'mine');
    await rm(join(target, source, 'l'));
    await symlink('mine', join(target, source, 'l'));
    const kept = await extract(snapshot);
    assert.equal(kept.get(join(source, 'a'))?.outcome, 'skipped');
    assert.equal(kept.get(join(source, 'l'))?.outcome, 'skipped');
    assert.equal(await readFile(join(target, source, 'a'), 'utf8'), 'mine');
    const replaced = await extract(snapshot, { overwrite: true });
    assert.equal(replaced.get(join(source, 'a'))?.outcome, 'updated');
    assert.equal(replaced.get(source)?.outcome, 'unchanged');
    assert.equal(await readFile(join(target, source, 'a'), 'utf8'), 'captured');
    assert.equal(readlinkSync(join(target, source, 'l')), 'captured');
  });

  it('writes large files, also those behind one that is kept or cannot be read', async () => {
    const contents = new Map<string, Buffer>();
    for (let file = 0; file < 12; file++) {
      const path = join(source, `file-${String.fromCharCode(97 + file)}`);
      contents.set(path, Buffer.from(generatedBytes('noise', file + 1, 1000 + (file % 4) * 700_000)));
      await writeFile(path, contents.get(path) ?? '');
    }
    const snapshot = await captured();
    const [kept, lost] = [join(source, 'file-c'), join(source, 'file-f')];
    await mkdir(join(target, source), { recursive: true });
    await writeFile(join(target, kept), 'mine');
    const read: string[] = [];
    const partlyRead = withLarge(snapshot, async function* (entry) {
      read.push(entry.path);
      for await (const lent of snapshot.lentContent(entry)) {
        yield lent;
        if (entry.path === lost) throw new IntegrityError('INTEGRITY_BLOB', 'a chunk does not give its id');
      }
    });
    const results = await extract(partlyRead, {}, snapshot.walkBatches(source));
    assert.equal(results.get(kept)?.outcome, 'skipped');
    assert.equal(results.get(lost)?.outcome, 'failed');
    assert.equal(new Set(read).size, read.length, 'nothing is read twice');
    for (const [path, content] of contents) {
      if (path === lost) continue;
      const written = await readFile(join(target, path));
      assert.ok(written.equals(path === kept ? Buffer.from('mine') : content), path);
    }
    assert.equal((await readdir(join(target, source))).length, contents.size - 1);
  });

  it('begins large files before their turn, also behind some that are refused', async () => {
    const paths = ['a', 'link/b', 'link/c', 'm', 'n'].map((name) => join(source, name));
    await mkdir(join(source, 'link'));
    for (const path of paths) await writeFile(path, generatedBytes('noise', path.length, 600_000));
    const snapshot = await captured();
    await mkdir(join(target, source), { recursive: true });
    await symlink(folder, join(target, source, 'link'));
    const events: string[] = [];
    const watched = withLarge(snapshot, async function* (entry) {
      events.push(`begin ${basename(entry.path)}`);
      yield* snapshot.lentContent(entry);
      events.push(`end ${basename(entry.path)}`);
    });
    const results = await extract(watched, {}, snapshot.walkBatches(source));
    const outcomes = paths.map((path) => results.get(path)?.outcome);
    assert.deepEqual(outcomes, ['created', 'failed', 'failed', 'created', 'created']);
    assert.ok(events.indexOf('begin n') < events.indexOf('end m'), events.join(', '));
  });

  it('says what would happen without doing it', async () => {
    await writeFile(join(source, 'a'), 'x');
    await symlink('a', join(source, 'l'));
    const results = await extract(await captured(), { dryRun: true });
    assert.equal(results.get(join(source, 'a'))?.outcome, 'created');
    assert.equal(results.get(join(source, 'l'))?.outcome, 'created');
    await assert.rejects(lstat(target), { code: 'ENOENT' });
  });

  it('replaces a link that is in the place of a file, and does not write through it', async () => {
    await writeFile(join(source, 'a'), 'captured');
    const snapshot = await captured();
    await mkdir(join(target, source), { recursive: true });
    await writeFile(join(folder, 'outside'), 'untouched');
    await symlink(join(folder, 'outside'), join(target, source, 'a'));
    assert.equal((await extract(snapshot)).get(join(source, 'a'))?.outcome, 'skipped');
    assert.equal((await extract(snapshot, { overwrite: true })).get(join(source, 'a'))?.outcome, 'updated');
    assert.equal(await readFile(join(folder, 'outside'), 'utf8'), 'untouched');
    assert.ok((await lstat(join(target, source, 'a'))).isFile());
  });

  it('refuses a folder that is a link, whoever made it', async () => {
    await mkdir(join(source, 'sub'));
    await writeFile(join(source, 'sub', 'a'), 'captured');
    const snapshot = await captured();
    await mkdir(join(folder, 'outside'));
    await mkdir(join(target, source), { recursive: true });
    await symlink(join(folder, 'outside'), join(target, source, 'sub'));
    for (const overwrite of [false, true]) {
      const results = await extract(snapshot, { overwrite });
      const failed = results.get(join(source, 'sub', 'a'));
      assert.equal(failed?.outcome, 'failed');
      assert.match(failed.reason ?? '', /symbolic link is in the way/);
      assert.deepEqual(await readdir(join(folder, 'outside')), []);
    }
  });

  it('never writes outside the folder, whatever an archive says', async () => {
    await mkdir(join(folder, 'outside'));
    const outside = join(folder, 'outside');
    const results = await extract(
      hostileSnapshot,
      { overwrite: true },
      hostile([
        entryAt('/../escaped', 0o644),
        entryAt('/a/../../escaped', 0o644),
        entryAt('relative', 0o644),
        entryAt('//escaped', 0o644),
        entryAt('/nul\0', 0o644),
        entryAt('/link', MODE_SYMLINK | 0o777, outside),
        entryAt('/link/planted', 0o644),
        entryAt('/up', MODE_SYMLINK | 0o777, '..'),
        entryAt('/up/up2', MODE_SYMLINK | 0o777, '..'),
        entryAt('/dir', MODE_DIRECTORY | 0o755),
        entryAt('/dir', MODE_SYMLINK | 0o777, outside),
        entryAt('/dir/planted', 0o644),
      ]),
    );
    assert.deepEqual((await readdir(folder)).sort(), ['outside', 'source', 'target']);
    assert.deepEqual(await readdir(outside), []);
    for (const path of ['/../escaped', '/a/../../escaped', 'relative', '//escaped', '/nul\0']) {
      assert.equal(results.get(path)?.outcome, 'failed', path);
    }
    // What was to be a link is a folder by the time links are made; the link is refused, not the file moved.
    assert.equal(await readFile(join(target, 'dir', 'planted'), 'utf8'), 'planted');
    assert.equal(await readFile(join(target, 'link', 'planted'), 'utf8'), 'planted');
    assert.equal(results.get('/link')?.outcome, 'failed');
  });

  it('leaves no part of a file behind when its content fails or the person cancels', async () => {
    const controller = new AbortController();
    const failing = {
      peekContent: () => undefined,
      async *content(entry: SnapshotEntry) {
        await Promise.resolve();
        yield Buffer.alloc(100_000);
        if (entry.path === '/bad') throw new IntegrityError('INTEGRITY_BLOB', 'a chunk does not give its id');
        controller.abort();
        yield Buffer.alloc(100_000);
      },
    } as unknown as SnapshotReader;
    const results = await extract(failing, {}, hostile([entryAt('/bad', 0o644)]));
    assert.equal(results.get('/bad')?.outcome, 'failed');
    assert.match(results.get('/bad')?.reason ?? '', /does not give its id/);
    const cancelled = extract(
      failing,
      { signal: controller.signal },
      hostile([entryAt('/cancelled', 0o644)]),
    );
    await assert.rejects(cancelled, CancelledError);
    assert.deepEqual(await readdir(target), []);
  });

  it('does not make devices, pipes and sockets, and leaves setuid out', async () => {
    execFileSync('mkfifo', [join(source, 'pipe')]);
    await writeFile(join(source, 'tool'), 'x');
    await chmod(join(source, 'tool'), 0o6755);
    const results = await extract(await captured());
    assert.equal(results.get(join(source, 'pipe'))?.outcome, 'skipped');
    assert.match(results.get(join(source, 'tool'))?.reason ?? '', /setuid and setgid left out/);
    assert.equal((await lstat(join(target, source, 'tool'))).mode & 0o7777, 0o755);
  });

  it('writes names that are no UTF-8 byte by byte', async function () {
    if (process.platform !== 'linux') this.skip();
    const name = Buffer.from([0x63, 0xe9]);
    await writeFile(Buffer.concat([Buffer.from(`${source}/`), name]), 'x');
    await extract(await captured());
    const names = await readdir(join(target, source), { encoding: 'buffer' });
    assert.deepEqual(
      names.map((item) => item.toString('hex')),
      [name.toString('hex')],
    );
  });

  it('says that the target is a file', async () => {
    await writeFile(target, 'x');
    await assert.rejects(extract(await captured()), { code: 'CONNECTOR_INPUT', message: /not a folder/ });
  });

  describe('as root', () => {
    before(requirement('root'));

    it('keeps owner and setuid together', async () => {
      await writeFile(join(source, 'tool'), 'x');
      execFileSync('chown', ['1234:4321', join(source, 'tool')]);
      await chmod(join(source, 'tool'), 0o4755);
      await extract(await captured(), { preserveOwner: true });
      const stats = await lstat(join(target, source, 'tool'));
      assert.deepEqual([stats.uid, stats.gid, stats.mode & 0o7777], [1234, 4321, 0o4755]);
    });

    it('lists every item that did not fit on a full disk, and keeps nothing of it', async function () {
      if (process.platform !== 'linux') this.skip();
      await writeFile(join(source, 'large'), Buffer.alloc(3 << 20, 1));
      await writeFile(join(source, 'small'), 'fits');
      // The last of them does not fit behind the others, in a folder that the export has made.
      for (let index = 0; index < 6; index++) {
        await writeFile(join(source, `medium-${index}`), Buffer.alloc(200_000, index));
      }
      const snapshot = await captured();
      await mkdir(target);
      execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', target]);
      try {
        const results = await extract(snapshot);
        assert.equal(results.get(join(source, 'large'))?.outcome, 'failed');
        assert.match(results.get(join(source, 'large'))?.reason ?? '', /no space left/);
        const there = (await readdir(join(target, source))).sort();
        assert.deepEqual(there, ['medium-0', 'medium-1', 'medium-2', 'medium-3', 'medium-4', 'small']);
        assert.equal(results.get(join(source, 'medium-5'))?.outcome, 'failed');
        for (const name of there) {
          assert.ok((await readFile(join(target, source, name))).equals(await readFile(join(source, name))));
        }
      } finally {
        execFileSync('umount', [target]);
      }
    });
  });
});

describe('confined folder', () => {
  beforeEach(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ptar-confined-')));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('escapes what Windows cannot hold and tells names apart that it would mix up', async () => {
    const confined = await ConfinedFolder.open(folder, true, 'win32');
    const place = (...elements: string[]): string => {
      const placement = confined.place(elements, true);
      assert.ok(placement.refused === undefined);
      return placement.path.slice(folder.length + 1);
    };
    assert.equal(place('_', 'rbac', 'system:node.yaml'), join('_', 'rbac', 'system%3Anode.yaml'));
    assert.equal(place('NUL', 'a'), join('%4EUL', 'a'));
    assert.equal(place('dir', 'file'), join('dir', 'file'));
    assert.equal(place('dir', 'File'), join('dir', '%46ile'));
    assert.equal(place('Dir', 'file'), join('%44ir', 'file'));
    assert.equal(place('dir', 'file'), join('dir', 'file'));
  });
});
