// Folders go through other programs' tar into an archive, out of it as a tar, and through other programs again: nothing may be lost.
import assert from 'node:assert/strict';
import { linkSync, mkdirSync, symlinkSync, utimesSync, writeFileSync, lchownSync, chmodSync } from 'node:fs';
import { mkdir, mkdtemp, open, readFile, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import fc from 'fast-check';
import type { ExportResult } from '../../../src/connectors/connector.ts';
import { openTarExporter } from '../../../src/connectors/tar/exporter.ts';
import { openTarImporter } from '../../../src/connectors/tar/importer.ts';
import type { SnapshotReader } from '../../../src/format/index.ts';
import { captureToMemory } from '../kubernetes/memory-archive.ts';
import { requirement } from '../../requirements.ts';
import { listing, run } from './tar-process.ts';

async function exported(snapshot: SnapshotReader, path: string): Promise<ExportResult[]> {
  const exporter = await openTarExporter(path, { overwrite: true });
  const results: ExportResult[] = [];
  for await (const batch of exporter.export(snapshot, snapshot.walkBatches('/'), { dryRun: false })) {
    results.push(...batch);
  }
  await exporter.close();
  return results;
}

describe('tar of other programs', function () {
  this.timeout(60_000);
  let folder: string;
  let source: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-tar-'));
    source = join(folder, 'in');
    await mkdir(join(source, 'sub', 'x'.repeat(90), 'y'.repeat(90)), { recursive: true });
    writeFileSync(join(source, 'a.txt'), 'hello');
    linkSync(join(source, 'a.txt'), join(source, 'sub', 'hard'));
    symlinkSync('a.txt', join(source, 'link'));
    symlinkSync('t'.repeat(150), join(source, 'long link'));
    writeFileSync(join(source, 'sub', 'x'.repeat(90), 'y'.repeat(90), 'z'.repeat(120)), 'deep');
    writeFileSync(Buffer.concat([Buffer.from(`${source}/caf`), Buffer.from([0xe9])]), 'latin 1');
    writeFileSync(join(source, 'gr\u00fc\u00dfe \ud83d\ude00 50%=x'), '\u00fc');
    writeFileSync(join(source, 'large'), Buffer.alloc(3_000_001, 'noise'));
    writeFileSync(join(source, 'empty'), '');
    chmodSync(join(source, 'empty'), 0);
    chmodSync(join(source, 'a.txt'), 0o4755);
    writeFileSync(join(source, 'far'), 'x');
    utimesSync(join(source, 'far'), 0, 4_102_542_245.5);
    if (process.getuid?.() === 0) lchownSync(join(source, 'far'), 1_234_567, 3_000_000_000);
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** Lists what `program` extracts from the tar at `path`. */
  async function extracted(program: string, path: string, args: readonly string[] = []): Promise<string[]> {
    const target = join(folder, `out-${program}`);
    await rm(target, { recursive: true, force: true });
    await mkdir(target);
    run(program, [...args, '-C', target, '-xpf', path]);
    // bsdtar leaves the time of the folder that it extracts to.
    return listing(target).slice(program === 'bsdtar' ? 1 : 0);
  }

  const WAYS = [
    ['tar', ['--format=pax'], 'x.tar'],
    ['tar', ['--format=gnu'], 'x.tar'],
    ['tar', ['--format=gnu', '-z'], 'x.tgz'],
    ['tar', ['--format=oldgnu'], 'x.tar'],
    ['bsdtar', ['--format=pax'], 'x.tar'],
    ['bsdtar', ['--format=gnutar'], 'x.tar'],
  ] as const;
  for (const [program, args, name] of WAYS) {
    it(`is captured from ${program} ${args.join(' ')} and written so that ${program} extracts the same`, async function () {
      await requirement(program === 'tar' ? 'gnutar' : 'bsdtar').call(this);
      const original = join(folder, name);
      run(program, [...args, '-C', source, '-cf', original, '.']);
      const { snapshot, errors } = await captureToMemory(await openTarImporter(original));
      assert.deepEqual([...errors], []);
      assert.equal(snapshot.source.importer.type, 'tar');
      const results = await exported(snapshot, join(folder, 'again.tar'));
      assert.deepEqual([...new Set(results.map(({ outcome }) => outcome))], ['created']);
      const want = await extracted(program, original);
      assert.deepEqual(await extracted(program, join(folder, 'again.tar')), want);
      assert.ok(
        want.some((item) => item.includes('hard') && item.endsWith(Buffer.from('hello').toString('base64'))),
      );
    });
  }

  it('keeps binary extended attributes, hard links included', async function () {
    await requirement('gnutar', 'setfattr').call(this);
    const attribute = Buffer.from([0, 0xff, 0x0a, 0x3d, 0x25, 0xe9]);
    try {
      run('setfattr', ['-n', 'user.a=b%41', '-v', `0x${attribute.toString('hex')}`, join(source, 'a.txt')]);
    } catch {
      // The folder's file system has none, or there is no program that sets one.
      this.skip();
    }
    const original = join(folder, 'x.tar');
    run('tar', ['--xattrs', '--format=pax', '-C', source, '-cf', original, '.']);
    const { snapshot } = await captureToMemory(await openTarImporter(original));
    for (const path of ['/a.txt', '/sub/hard']) {
      const entry = await snapshot.entry(path);
      assert.deepEqual(entry.extendedAttributes, ['user.a=b%41']);
      assert.deepEqual(Buffer.from(await snapshot.extendedAttribute(entry, 'user.a=b%41')), attribute);
    }
    await exported(snapshot, join(folder, 'again.tar'));
    await extracted('tar', join(folder, 'again.tar'), ['--xattrs']);
    const shown = run('getfattr', ['-e', 'hex', '-d', join(folder, 'out-tar', 'sub', 'hard')]).toString();
    assert.match(shown, new RegExp(`=0x${attribute.toString('hex')}`));
  });

  it('is compressed where its name says so', async () => {
    const original = join(folder, 'x.tar');
    run('tar', ['-C', source, '-cf', original, 'a.txt']);
    const { snapshot } = await captureToMemory(await openTarImporter(original));
    await exported(snapshot, join(folder, 'again.tar'));
    await exported(snapshot, join(folder, 'again.tgz'));
    const plain = await readFile(join(folder, 'again.tar'));
    assert.deepEqual(gunzipSync(await readFile(join(folder, 'again.tgz'))), plain);
  });

  for (const [format, ...flags] of [
    ['oldgnu'],
    ['pax', '--sparse-version=0.0'],
    ['pax', '--sparse-version=0.1'],
    ['pax', '--sparse-version=1.0'],
  ] as const) {
    it(`refuses a sparse file of tar --format=${[format, ...flags].join(' ')}, and takes what comes after it`, async function () {
      await requirement('gnutar').call(this);
      // Data between holes, in more pieces than one header has room for.
      const handle = await open(join(source, 'disk'), 'w');
      for (let piece = 0; piece < 30; piece++) await handle.write('data', piece * 1_000_000);
      await handle.truncate(40_000_000);
      await handle.close();
      const original = join(folder, 'x.tar');
      run('tar', [
        '--sparse',
        `--format=${format}`,
        ...flags,
        '-C',
        source,
        '-cf',
        original,
        'disk',
        'a.txt',
      ]);
      assert.ok((await stat(original)).size < 1_000_000, 'tar has found the holes');
      const { paths, errors } = await captureToMemory(await openTarImporter(original));
      assert.deepEqual([...errors.keys()], ['/disk']);
      assert.match(errors.get('/disk') ?? '', /^a sparse file of GNU tar; make the tar without --sparse$/);
      assert.ok(paths.includes('/a.txt'));
    });
  }

  it('keeps random trees', async function () {
    await requirement('gnutar').call(this);
    const name = fc
      .uint8Array({ minLength: 1, maxLength: 140 })
      .map((bytes) => Buffer.from(bytes.map((byte) => (byte === 0 || byte === 0x2f ? 0x5f : byte))))
      .filter((bytes) => bytes.toString() !== '.' && bytes.toString() !== '..');
    const file = fc.record({
      folders: fc.array(name, { maxLength: 3 }),
      name,
      content: fc.uint8Array({ maxLength: 2000 }),
      mode: fc.integer({ min: 0, max: 0o7777 }),
      seconds: fc.integer({ min: -1_000_000_000, max: 5_000_000_000 }),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(file, { minLength: 1, maxLength: 6 }), async (files) => {
        const root = join(folder, 'random');
        await rm(root, { recursive: true, force: true });
        mkdirSync(root);
        for (const item of files) plant(root, item);
        const original = join(folder, 'random.tar');
        run('tar', ['--format=pax', '-C', root, '-cf', original, '.']);
        const { snapshot, errors } = await captureToMemory(await openTarImporter(original));
        assert.deepEqual([...errors], []);
        await exported(snapshot, join(folder, 'again.tar'));
        assert.deepEqual(await extracted('tar', join(folder, 'again.tar')), await extracted('tar', original));
      }),
      { numRuns: 15 },
    );
  });
});

interface PlannedFile {
  readonly folders: readonly Buffer[];
  readonly name: Buffer;
  readonly content: Uint8Array;
  readonly mode: number;
  readonly seconds: number;
}

/** Writes a file, unless something is in its way already. */
function plant(root: string, { folders, name, content, mode, seconds }: PlannedFile): void {
  const slash = Buffer.from('/');
  let path = Buffer.from(root);
  try {
    for (const element of folders) {
      path = Buffer.concat([path, slash, element]);
      mkdirSync(path, { recursive: true });
    }
    path = Buffer.concat([path, slash, name]);
    writeFileSync(path, content, { flag: 'wx' });
  } catch (error) {
    assert.ok(error instanceof Error && 'code' in error);
    return;
  }
  chmodSync(path, mode);
  utimesSync(path, seconds, seconds);
}
