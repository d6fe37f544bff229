// What a person does with a damaged archive, and with one on a server, through the real command line.
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { RangeServer } from '../connectors/stores/range-server.ts';
import { fixtures } from '../format/fixtures.ts';
import { runPtar, type PtarRun } from './ptar-process.ts';

const fixture = (name: string) => fixtures.find((candidate) => candidate.name === name)!;

describe('damage', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-damage-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function ptar(args: readonly string[], exitCode: number, passphrase?: string): Promise<PtarRun> {
    const env = passphrase === undefined ? {} : { PTAR_PASSPHRASE: passphrase };
    const run = await runPtar(args, { cwd: folder, env });
    assert.equal(run.exitCode, exitCode, run.stderr + run.stdout);
    return run;
  }

  async function damage(name: string, start: number, length: number): Promise<void> {
    const bytes = await readFile(join(folder, name));
    bytes.fill(0x99, start, start + length);
    await writeFile(join(folder, name), bytes);
  }

  it('is found, named by path, and repaired from parity', async () => {
    await copyFile(fixture('chunks').archive, join(folder, 'a.ptar'));
    const made = await ptar(['parity', 'create', 'a.ptar'], 0);
    assert.match(made.stdout, /^a\.ptar\.par: .* repairs any burst of up to .* in 1\.6 MiB\n$/);
    await damage('a.ptar', 800_000, 20_000);
    const found = await ptar(['check', 'a.ptar'], 5);
    assert.match(found.stdout, /content +\/srv\/sample-1\/chunks\/noise\.bin +1 of 1 chunks/);
    const fast = await ptar(['check', '--fast', 'a.ptar'], 0);
    assert.match(fast.stdout, /is sound: .*contents not read \(26 chunks\)/);
    const sampled = await ptar(['check', '--sample', '50%', 'a.ptar', '-o', 'json'], 5).catch(
      () => undefined,
    );
    // Half of the chunks are chosen at random, so the damaged one may not be among them.
    if (sampled !== undefined) assert.match(sampled.stdout, /"missProbability": 0\.5/);
    const verified = await ptar(['parity', 'verify', 'a.ptar'], 5);
    assert.match(verified.stderr, /damaged: .* can be repaired/);
    await ptar(['parity', 'repair', 'a.ptar'], 0);
    assert.ok((await readFile(join(folder, 'a.ptar'))).equals(await readFile(fixture('chunks').archive)));
    await ptar(['check', 'a.ptar'], 0);
  });

  it('of what is extracted, put into a tar or copied is told from other failures', async () => {
    await copyFile(fixture('chunks').archive, join(folder, 'a.ptar'));
    const path = '/srv/sample-1/chunks';
    await ptar(['extract', 'a.ptar', path, '--to', 'out'], 0);
    // In the way, which is no damage.
    await ptar(['extract', 'a.ptar', path, '--to', 'out'], 4);
    await damage('a.ptar', 800_000, 20_000);
    const extracted = await ptar(['extract', 'a.ptar', path, '--to', 'rest', '-o', 'json'], 5);
    const results = JSON.parse(extracted.stdout) as { path: string; outcome: string; code?: string }[];
    const failed = results.filter(({ outcome }) => outcome === 'failed');
    assert.deepEqual(
      failed.map((result) => [result.path, result.code]),
      [[`${path}/noise.bin`, 'FORMAT_COMPRESSION']],
    );
    assert.ok(results.length > 3, 'the others are there');
    const restored = await ptar(['restore', 'a.ptar', path, '--to', 'tar:rest.tar'], 5);
    assert.match(restored.stderr, /^error: the archive is damaged: see ptar check and ptar salvage$/m);
    const copied = await ptar(['copy', 'a.ptar', '-o', 'b.ptar', '--plaintext', '--format', 'json'], 5);
    const { snapshots } = JSON.parse(copied.stdout) as { snapshots: { failed: number; damage: string[] }[] };
    assert.deepEqual(
      snapshots.map(({ failed: count, damage: codes }) => [count, codes]),
      [[1, ['FORMAT_COMPRESSION']]],
    );
    await ptar(['check', 'b.ptar'], 0);
  });

  it('that parity cannot repair is said, and nothing changes', async () => {
    await copyFile(fixture('chunks').archive, join(folder, 'a.ptar'));
    await ptar(['parity', 'create', 'a.ptar', '--percent', '1'], 0);
    await damage('a.ptar', 800_000, 200_000);
    const before = await readFile(join(folder, 'a.ptar'));
    const run = await ptar(['parity', 'repair', 'a.ptar', '-q'], 5);
    assert.match(run.stderr, /not repaired: .* nothing was changed, see ptar salvage/);
    assert.ok((await readFile(join(folder, 'a.ptar'))).equals(before));
    await ptar(['parity', 'create', 'a.ptar'], 2);
    await ptar(['parity', 'create', 'a.ptar', '--percent', '50'], 2);
  });

  it('is provided for when an archive is made, and again when it changes', async () => {
    await writeFile(join(folder, 'a.yaml'), 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n');
    const made = await ptar(['create', '-o', 'a.ptar', '--plaintext', '--parity', 'manifests:a.yaml'], 0);
    assert.match(made.stderr, /^parity in a\.ptar\.par: .* repairs any burst/m);
    await ptar(['parity', 'verify', 'a.ptar'], 0);
    const added = await ptar(['add', 'a.ptar', 'manifests:a.yaml'], 0);
    assert.match(added.stderr, /a\.ptar\.par is not of this archive; make it anew/);
    await ptar(['parity', 'verify', 'a.ptar'], 5);
    const again = await ptar(
      ['add', 'a.ptar', '--parity-percent', '20', 'manifests:a.yaml', '--format', 'json'],
      0,
    );
    const { parity } = JSON.parse(again.stdout) as { parity: { path: string; fileSize: number } };
    assert.deepEqual(parity, {
      ...parity,
      path: 'a.ptar.par',
      fileSize: (await stat(join(folder, 'a.ptar'))).size,
    });
    await ptar(['parity', 'verify', 'a.ptar'], 0);
    const copied = await ptar(['copy', 'a.ptar', '-o', 'b.ptar', '--plaintext', '--parity'], 0);
    assert.match(copied.stderr, /^parity in b\.ptar\.par/m);
    await ptar(['create', '-o', 'c.ptar', '--plaintext', '--parity-percent', '50', 'manifests:a.yaml'], 2);
    assert.deepEqual((await readdir(folder)).sort(), [
      'a.ptar',
      'a.ptar.par',
      'a.yaml',
      'b.ptar',
      'b.ptar.par',
    ]);
  });

  it('leaves what salvage can save of an encrypted archive that was cut off', async () => {
    const { archive, passphrase } = fixture('multi-encrypted');
    await writeFile(join(folder, 'a.ptar'), (await readFile(archive)).subarray(0, 60_000));
    await ptar(['check', 'a.ptar'], 5, passphrase);
    const run = await ptar(['salvage', 'a.ptar', '--to', 'saved.ptar'], 4, passphrase);
    assert.match(run.stdout, /^SNAPSHOT +OUTCOME +SAVED AS +ENTRIES +MISSING +NAME\n/);
    assert.match(run.stderr, /the state cannot be read/);
    assert.match(run.stderr, /no index is left: whether there was more cannot be known/);
    assert.match(run.stderr, /saved\.ptar: .* nothing that is known of is missing/);
    await ptar(['check', 'saved.ptar'], 0, passphrase);
    assert.deepEqual((await readdir(folder)).sort(), ['a.ptar', 'saved.ptar']);
    await ptar(['salvage', 'a.ptar', '--to', 'saved.ptar'], 2, passphrase);
    await ptar(['salvage', 'a.ptar', '--to', 'a.ptar'], 2, passphrase);
    await ptar(['salvage', 'a.ptar', '--to', 'other.ptar'], 6, 'wrong');
    assert.deepEqual((await readdir(folder)).sort(), ['a.ptar', 'saved.ptar']);
  });

  it('is none where salvage finds nothing missing', async () => {
    await copyFile(fixture('multi').archive, join(folder, 'a.ptar'));
    const run = await ptar(['salvage', 'a.ptar', '--to', 'saved.ptar', '-o', 'json'], 0);
    const report = JSON.parse(run.stdout) as { snapshots: { outcome: string }[]; missingCount: number };
    assert.deepEqual(
      report.snapshots.map(({ outcome }) => outcome),
      ['whole', 'whole', 'whole'],
    );
    assert.equal(report.missingCount, 0);
  });

  it('does not come from reading over http, and credentials stay out of all output', async () => {
    const server = await RangeServer.start(await readFile(fixture('multi').archive));
    try {
      const url = `${server.origin.replace('//', '//someone:hunter2@')}/prod.ptar?signature=s3cret`;
      const runs = [
        await ptar(['check', url], 0),
        await ptar(['ls', url], 0),
        await ptar(['info', url], 0),
        await ptar(['salvage', url, '--to', 'copy.ptar'], 0),
      ];
      server.intervene = (_, response) => {
        response.writeHead(403).end();
        return true;
      };
      runs.push(await ptar(['check', url], 8));
      for (const { stdout, stderr } of runs) assert.doesNotMatch(stdout + stderr, /hunter2|s3cret|someone/);
      await ptar(['check', 'copy.ptar'], 0);
    } finally {
      await server.stop();
    }
  });

  it('by an archive without encryption in the place of another is not passed over', async () => {
    await copyFile(fixture('basic').archive, join(folder, 'a.ptar'));
    const before = await readFile(join(folder, 'a.ptar'));
    const run = await ptar(['ls', 'a.ptar'], 0, 'secret');
    assert.match(run.stderr, /^warning: a\.ptar is not encrypted; anybody can have made or changed it$/m);
    assert.equal((await ptar(['ls', 'a.ptar'], 0)).stderr, '');
    const added = await ptar(['add', 'a.ptar', 'a.ptar'], 6, 'secret');
    assert.match(added.stderr, /a\.ptar is not encrypted, but a passphrase was given/);
    await writeFile(join(folder, 'passphrase'), 'secret');
    const flag = ['--new-passphrase-file', 'passphrase'];
    await ptar(['copy', fixture('multi').archive, '--into', 'a.ptar', ...flag], 6);
    assert.ok((await readFile(join(folder, 'a.ptar'))).equals(before));
  });
});
