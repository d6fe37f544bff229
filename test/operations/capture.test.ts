import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { CancelledError, KeyError, UsageError } from '../../src/errors.ts';
import { captureSources, type CaptureOptions } from '../../src/operations/capture.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { verifyArchive } from '../../src/operations/verify.ts';
import { noise } from './written-archive.ts';

describe('capture', () => {
  let folder: string;
  let archivePath: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-capture-'));
    archivePath = join(folder, 'a.ptar');
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'in', 'file'), 'content');
    await writeFile(join(folder, 'in', 'bad.yaml'), 'kind: [');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  function capture(options: Partial<CaptureOptions>): ReturnType<typeof captureSources> {
    return captureSources({
      sources: [join(folder, 'in')],
      archivePath,
      encryption: () => Promise.resolve('plaintext'),
      ...options,
    });
  }

  for (const [what, options] of [
    ['encrypted', { encryption: () => Promise.resolve({ passphrase: Buffer.from('p'), kdf: 'PBKDF2' }) }],
    ['hashed with SHA-256', { hashing: 'SHA256' }],
    ['compressed with GZIP', { compression: 'GZIP' }],
    ['not compressed', { compression: 'none' }],
  ] as const satisfies readonly (readonly [string, Partial<CaptureOptions>])[]) {
    it(`makes an archive that is ${what} and sound`, async () => {
      const result = await capture({ ...options, name: 'nightly', tags: ['a', 'b'] });
      const archive = await openArchiveFile(archivePath, {
        passphrase: () => Promise.resolve(Buffer.from('p')),
      });
      assert.equal((await verifyArchive(archive)).count, 0);
      assert.equal(archive.encrypted, what === 'encrypted');
      const [snapshot] = await archive.snapshots();
      assert.ok(snapshot !== undefined);
      assert.equal(snapshot.id, result.sources[0]?.snapshotId);
      assert.equal(snapshot.header.name, 'nightly');
      assert.deepEqual(snapshot.header.tags, ['a', 'b']);
      assert.equal(snapshot.source.importer.type, 'fs');
      assert.match(snapshot.header.context?.find(({ key }) => key === 'Client')?.value ?? '', /^ptar\//);
      assert.equal(archive.statistics().size, result.size);
      await archive.close();
    });
  }

  it('leaves no thread that knows the key where it is cancelled', async () => {
    await writeFile(join(folder, 'in', 'large'), noise(12_000_000, 1));
    const script = join(import.meta.dirname, 'failing-capture.ts');
    const loaders = ['--import', 'tsx', '--import', './test/typescript-workers.mjs'];
    const { stdout } = await promisify(execFile)(process.execPath, [
      ...loaders,
      script,
      join(folder, 'in'),
      archivePath,
    ]);
    const { made, left } = JSON.parse(stdout) as { made: number; left: number };
    assert.ok(made > 0, 'no threads');
    assert.equal(left, 0);
  });

  it('makes a snapshot of each source and reports what failed in it', async () => {
    const result = await capture({ sources: [join(folder, 'in'), `manifests:${folder}/in`] });
    assert.deepEqual(
      result.sources.map(({ type, failed }) => [type, failed > 0]),
      [
        ['fs', false],
        ['k8s', true],
      ],
    );
    assert.equal(result.sources[1]?.failures.length, result.sources[1]?.failed);
    const archive = await openArchiveFile(archivePath);
    const [, second] = await archive.snapshots();
    const recorded: string[] = [];
    if (second !== undefined) for await (const { path } of second.errors()) recorded.push(path);
    assert.deepEqual(
      recorded,
      result.sources[1]?.failures.map(({ path }) => path),
    );
    await archive.close();
  });

  it('does not capture the archive that it writes, nor the one that it replaces', async () => {
    await capture({ archivePath: join(folder, 'in', 'a.ptar') });
    await capture({ archivePath: join(folder, 'in', 'a.ptar'), overwrite: true });
    const archive = await openArchiveFile(join(folder, 'in', 'a.ptar'));
    const [snapshot] = await archive.snapshots();
    const names: string[] = [];
    if (snapshot !== undefined) {
      for await (const name of snapshot.childNames(snapshot.source.importer.directory)) names.push(name);
    }
    assert.deepEqual(names, ['bad.yaml', 'file']);
    await archive.close();
  });

  it('reports progress in items and bytes', async () => {
    const seen: [number, number][] = [];
    await capture({ onProgress: ({ done, size }) => seen.push([done, size]) });
    const total = 'content'.length + 'kind: ['.length;
    assert.equal(seen.at(-1)[1], total);
    assert.ok(
      seen.every(
        ([done, size], index) =>
          index === 0 || (done >= (seen[index - 1]?.[0] ?? 0) && size >= (seen[index - 1]?.[1] ?? 0)),
      ),
    );
  });

  const FAILURES: readonly (readonly [why: string, options: Partial<CaptureOptions>, error: unknown])[] = [
    ['nothing is named', { sources: [] }, UsageError],
    ['a source is not there', { sources: ['/nowhere/at/all'] }, { code: 'NOT_FOUND_SOURCE' }],
    [
      'there is no passphrase',
      { encryption: () => Promise.reject(new KeyError('KEY_MISSING', 'none')) },
      KeyError,
    ],
    ['it is cancelled at once', { signal: AbortSignal.abort() }, CancelledError],
  ];
  for (const [why, options, error] of FAILURES) {
    it(`leaves the previous archive and nothing else when ${why}`, async () => {
      await writeFile(archivePath, 'previous');
      await assert.rejects(capture({ ...options, overwrite: true }), error as Error);
      assert.equal(await readFile(archivePath, 'utf8'), 'previous');
      assert.deepEqual((await readdir(folder)).sort(), ['a.ptar', 'in']);
    });
  }

  it('leaves nothing when it is cancelled in the middle of a file', async () => {
    await writeFile(join(folder, 'in', 'large'), Buffer.alloc(20 << 20, 'noise'));
    const controller = new AbortController();
    const onProgress = ({ size }: { size: number }): void => {
      if (size > 5 << 20) controller.abort();
    };
    await assert.rejects(capture({ signal: controller.signal, onProgress }), CancelledError);
    assert.deepEqual(await readdir(folder), ['in']);
  });
});
