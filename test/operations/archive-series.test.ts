import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { UsageError } from '../../src/errors.ts';
import { ArchiveSeries } from '../../src/operations/archive-series.ts';
import { captureSources } from '../../src/operations/capture.ts';

describe('series of archives', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-series-'));
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  it('names archives by the second, in UTC', () => {
    const series = new ArchiveSeries('backups/prod-{timestamp}.ptar');
    assert.equal(
      series.pathAt(new Date('2026-11-21T17:04:05.999+02:00')),
      join('backups', 'prod-20261121T150405Z.ptar'),
    );
  });

  for (const pattern of ['{timestamp}/a.ptar', '{timestamp}-{timestamp}.ptar', 'plain.ptar']) {
    it(`refuses ${pattern}`, () => {
      assert.throws(() => new ArchiveSeries(pattern), UsageError);
    });
  }

  it('holds complete archives with the whole name, encrypted or not, and nothing else', async () => {
    const archivePath = join(folder, 'p-20260101T000000Z.ptar');
    const source = join(folder, 'source');
    await writeFile(source, 'text');
    await captureSources({ sources: [source], archivePath, encryption: () => Promise.resolve('plaintext') });
    await captureSources({
      sources: [source],
      archivePath: join(folder, 'p-20260102T000000Z.ptar'),
      encryption: () => Promise.resolve({ passphrase: Buffer.from('p'), kdf: 'PBKDF2' }),
    });
    const bytes = await readFile(archivePath);
    const foreign = [
      'p-20260103T000000Z.ptar.old',
      'xp-20260103T000000Z.ptar',
      'p-2026-01-03T00:00:00Z.ptar',
      'p-20260230T000000Z.ptar',
      'p-20260103T000000Z-p-20260103T000000Z.ptar',
      'p-.ptar',
      'P-20260103T000000Z.ptar',
    ];
    for (const name of foreign) await writeFile(join(folder, name), bytes);
    await writeFile(join(folder, 'p-20260104T000000Z.ptar'), bytes.subarray(0, bytes.length - 1));
    await writeFile(join(folder, 'p-20260105T000000Z.ptar'), 'notes of the fifth of January');
    await writeFile(join(folder, 'p-20260106T000000Z.ptar'), '');
    await mkdir(join(folder, 'p-20260107T000000Z.ptar'));
    await symlink(archivePath, join(folder, 'p-20260108T000000Z.ptar'));
    const found = await new ArchiveSeries(join(folder, 'p-{timestamp}.ptar')).archives();
    assert.deepEqual(found.map(({ path, madeMs }) => [basename(path), madeMs]).sort(), [
      ['p-20260101T000000Z.ptar', Date.UTC(2026, 0, 1)],
      ['p-20260102T000000Z.ptar', Date.UTC(2026, 0, 2)],
    ]);
  });
});
