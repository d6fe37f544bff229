import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import {
  copyFile,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { captureSources } from '../../src/operations/capture.ts';
import { decodePartsList, encodePartsList, partsOf } from '../../src/operations/parts-list.ts';
import { splitArchive } from '../../src/operations/split-archive.ts';
import { isPartsListFile, unsplitArchive } from '../../src/operations/unsplit-archive.ts';
import { withCode } from '../format/expected-error.ts';
import { leftovers, noise, PASSPHRASE, soundSnapshots, sourceFolder } from './written-archive.ts';

describe('splitting archives and putting them together', () => {
  let folder: string;
  const at = (...names: readonly string[]): string => path.join(folder, ...names);
  const PART_SIZE = 500_000;

  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-split-'));
    const source = await sourceFolder(folder, 'source', { large: noise(1_700_000, 5) });
    await captureSources({
      sources: [source],
      archivePath: at('prod.ptar'),
      encryption: () => Promise.resolve({ passphrase: PASSPHRASE, kdf: 'SCRYPT' }),
    });
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function split(): Promise<string[]> {
    const { listPath } = await splitArchive({ archivePath: at('prod.ptar'), partSize: PART_SIZE });
    const list = decodePartsList(await readFile(listPath, 'utf8'), listPath);
    return partsOf(list).map(({ name }) => name);
  }
  const unsplit = (places: readonly string[] = []): Promise<unknown> =>
    unsplitArchive({ listPath: at('prod.ptar.parts'), targetPath: at('again.ptar'), places });
  const isMade = async (): Promise<boolean> => (await readdir(folder)).some((name) => name.includes('again'));

  it('gives the same bytes back', async () => {
    const names = await split();
    assert.deepEqual(names, ['prod.ptar.001', 'prod.ptar.002', 'prod.ptar.003', 'prod.ptar.004']);
    assert.ok(await isPartsListFile(at('prod.ptar.parts')));
    assert.ok(!(await isPartsListFile(at('prod.ptar'))));
    await unsplit();
    assert.deepEqual(await readFile(at('again.ptar')), await readFile(at('prod.ptar')));
    assert.equal((await soundSnapshots(at('again.ptar'))).length, 1);
    assert.deepEqual(await leftovers(folder), []);
  });

  it('makes a list that sha256sum verifies, and parts that cat joins', async function () {
    if (process.platform !== 'linux') return this.skip(); // GNU coreutils
    const names = await split();
    execFileSync('sha256sum', ['--check', '--strict', 'prod.ptar.parts'], { cwd: folder });
    const joined = Buffer.concat(await Promise.all(names.map((name) => readFile(at(name)))));
    assert.deepEqual(joined, await readFile(at('prod.ptar')));
  });

  it('finds parts in other folders and by name', async () => {
    const names = await split();
    await mkdir(at('stick'));
    await mkdir(at('disc'));
    await rename(at(names[1]!), at('stick', names[1]!));
    await rename(at(names[3]!), at('disc', names[3]!));
    await unsplit([at('stick'), at('disc', names[3]!)]);
    assert.deepEqual(await readFile(at('again.ptar')), await readFile(at('prod.ptar')));
  });

  it('names every part that is missing', async () => {
    const names = await split();
    await rm(at(names[0]!));
    await rm(at(names[2]!));
    await assert.rejects(unsplit(), (error: Error) => {
      withCode('INTEGRITY_MISSING')(error);
      assert.match(error.message, /^missing: prod\.ptar\.001, prod\.ptar\.003;/);
      return true;
    });
    assert.ok(!(await isMade()));
  });

  it('names every part that is damaged, and leaves nothing behind', async () => {
    const names = await split();
    const bytes = await readFile(at(names[1]!));
    bytes[1000]! ^= 1;
    await writeFile(at(names[1]!), bytes);
    await truncate(at(names[3]!), 10);
    await assert.rejects(unsplit(), (error: Error) => {
      withCode('INTEGRITY_BLOB')(error);
      assert.match(error.message, /^damaged: prod\.ptar\.002, prod\.ptar\.004;/);
      return true;
    });
    assert.ok(!(await isMade()));
  });

  it('takes parts in another order for damaged', async () => {
    const names = await split();
    await copyFile(at(names[0]!), at('swap'));
    await rename(at(names[1]!), at(names[0]!));
    await rename(at('swap'), at(names[1]!));
    await assert.rejects(unsplit(), /damaged: prod\.ptar\.001, prod\.ptar\.002;/);
  });

  it('splits nothing but archives, replaces nothing unasked, and takes its parts away when it fails', async () => {
    await writeFile(at('text'), 'no archive');
    await assert.rejects(splitArchive({ archivePath: at('text'), partSize: 4 }), withCode('FORMAT_FOREIGN'));
    await writeFile(at('prod.ptar.003'), 'of somebody');
    await assert.rejects(split(), withCode('USAGE'));
    assert.equal(await readFile(at('prod.ptar.003'), 'utf8'), 'of somebody');
    const rest = (await readdir(folder)).filter((name) => name.startsWith('prod.ptar.'));
    assert.deepEqual(rest, ['prod.ptar.003']);
    await assert.rejects(splitArchive({ archivePath: at('prod.ptar'), partSize: 10 }), withCode('USAGE'));
  });

  it('stops when it is told to', async () => {
    const controller = new AbortController();
    const run = splitArchive({
      archivePath: at('prod.ptar'),
      partSize: PART_SIZE,
      signal: controller.signal,
      onProgress: (done) => {
        if (done > PART_SIZE) controller.abort();
      },
    });
    await assert.rejects(run, withCode('CANCELLED'));
    assert.deepEqual((await readdir(folder)).sort(), ['prod.ptar', 'source']);
  });

  it('does not believe a list that contradicts itself', () => {
    const list = { archive: 'a.ptar', size: 10, partSize: 4, sha256: '0'.repeat(64) };
    const text = encodePartsList({ ...list, partHashes: ['1', '2', '3'].map((digit) => digit.repeat(64)) });
    assert.deepEqual(decodePartsList(text.replaceAll('\n', '\r\n'), 'x').partHashes.length, 3);
    for (const [from, to] of [
      ['archive: a.ptar', 'archive: ../a.ptar'],
      ['a.ptar.002', '../../etc/passwd'],
      ['size: 10', 'size: 1e15'],
      ['part-size: 4', 'part-size: 0'],
      [`${'3'.repeat(64)}  a.ptar.003\n`, ''],
    ] as const) {
      assert.ok(text.includes(from), from);
      assert.throws(() => decodePartsList(text.replace(from, to), 'x'), withCode('FORMAT_LAYOUT'), from);
    }
    assert.throws(() => decodePartsList(text.replace('parts 1', 'parts 2'), 'x'), withCode('FORMAT_VERSION'));
  });
});
