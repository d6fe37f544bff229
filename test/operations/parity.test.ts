/** Parity files beside real files: made, held against them, and used, all or nothing. */
import assert from 'node:assert/strict';
import {
  chmod,
  copyFile,
  mkdtemp,
  readdir,
  readFile,
  rm,
  stat,
  symlink,
  truncate,
  writeFile,
} from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createParityFile, repairFile, verifyParityFile } from '../../src/operations/parity.ts';
import { RangeServer } from '../connectors/stores/range-server.ts';
import { withCode } from '../format/expected-error.ts';
import { fixtures } from '../format/fixtures.ts';

const fixture = fixtures.find(({ name }) => name === 'multi-encrypted')!;

describe('parity files', () => {
  let folder: string;
  let file: string;
  let original: Buffer;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-parity-'));
    file = path.join(folder, 'prod.ptar');
    await copyFile(fixture.archive, file);
    await chmod(file, 0o640);
    original = await readFile(file);
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  const damage = async (start: number, length: number): Promise<void> => {
    const bytes = Buffer.from(original);
    bytes.fill(0xee, start, start + length);
    await writeFile(file, bytes);
  };

  it('find nothing in what has not changed', async () => {
    const { path: parity, burstLength } = await createParityFile(file);
    assert.equal(parity, `${file}.par`);
    assert.ok(burstLength >= original.length * 0.04);
    const report = await verifyParityFile(file);
    assert.equal(report.damagedBlocks, 0);
    assert.equal((await repairFile(file)).outcome, 'sound');
    assert.deepEqual((await readdir(folder)).sort(), ['prod.ptar', 'prod.ptar.par']);
  });

  it('put back a destroyed state and trailer, and keep the mode', async () => {
    await createParityFile(file);
    await damage(original.length - 5000, 5000);
    const report = await verifyParityFile(file);
    assert.ok(report.damagedBlocks > 0);
    assert.equal(report.lostBlocks, 0);
    assert.equal((await repairFile(file)).outcome, 'repaired');
    assert.ok((await readFile(file)).equals(original));
    assert.equal((await stat(file)).mode & 0o777, 0o640);
    assert.deepEqual((await readdir(folder)).sort(), ['prod.ptar', 'prod.ptar.par']);
  });

  it('put back what was cut off, and take away what was appended', async () => {
    await createParityFile(file);
    await truncate(file, original.length - 4000);
    await repairFile(file);
    assert.ok((await readFile(file)).equals(original));
    await writeFile(file, Buffer.concat([original, Buffer.alloc(77, 1)]));
    const result = await repairFile(file);
    assert.equal(result.foundSize, original.length + 77);
    assert.equal(result.outcome, 'repaired');
    assert.ok((await readFile(file)).equals(original));
  });

  it('change nothing where too much is lost', async () => {
    await createParityFile(file);
    await damage(10_000, 60_000);
    const damaged = await readFile(file);
    const result = await repairFile(file);
    assert.equal(result.outcome, 'lost');
    assert.ok(result.lostBlocks > 0 && result.lost.length > 0);
    assert.ok((await readFile(file)).equals(damaged));
    assert.deepEqual((await readdir(folder)).sort(), ['prod.ptar', 'prod.ptar.par']);
  });

  it('repair elsewhere, and through a symbolic link', async () => {
    await createParityFile(file);
    await damage(500, 3000);
    const output = path.join(folder, 'whole.ptar');
    assert.equal((await repairFile(file, { output })).outcome, 'repaired');
    assert.ok((await readFile(output)).equals(original));
    assert.ok(!(await readFile(file)).equals(original));
    const link = path.join(folder, 'link.ptar');
    await symlink(file, link);
    await repairFile(link, { parity: `${file}.par` });
    assert.ok((await readFile(file)).equals(original));
  });

  it('protect a file on a server', async () => {
    const server = await RangeServer.start(original);
    try {
      const url = `${server.origin}/prod.ptar`;
      const parity = path.join(folder, 'remote.par');
      await createParityFile(url, { parity });
      await assert.rejects(createParityFile(url), withCode('USAGE'));
      server.content = Buffer.concat([original.subarray(0, 100), Buffer.alloc(900), original.subarray(1000)]);
      assert.ok((await verifyParityFile(url, { parity })).damagedBlocks > 0);
      await assert.rejects(repairFile(url, { parity }), withCode('USAGE'));
      await repairFile(url, { parity, output: path.join(folder, 'got.ptar') });
      assert.ok((await readFile(path.join(folder, 'got.ptar'))).equals(original));
    } finally {
      await server.stop();
    }
  });

  it('are not overwritten unasked, and are asked for by name', async () => {
    await createParityFile(file);
    await assert.rejects(createParityFile(file), withCode('USAGE'));
    await createParityFile(file, { overwrite: true, percent: 10 });
    await assert.rejects(verifyParityFile(path.join(folder, 'none.ptar')), withCode('NOT_FOUND_ARCHIVE'));
    await assert.rejects(verifyParityFile(file, { parity: file }), withCode('FORMAT_FOREIGN'));
  });

  it('leave nothing behind when cancelled', async () => {
    await createParityFile(file);
    await damage(500, 3000);
    const damaged = await readFile(file);
    const controller = new AbortController();
    let calls = 0;
    // In the second pass, when the copy is being written.
    const onProgress = (): void => {
      if (++calls === 300) controller.abort();
    };
    await assert.rejects(repairFile(file, { signal: controller.signal, onProgress }), withCode('CANCELLED'));
    assert.ok((await readFile(file)).equals(damaged));
    assert.deepEqual((await readdir(folder)).sort(), ['prod.ptar', 'prod.ptar.par']);
  });
});
