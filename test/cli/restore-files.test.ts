// `ptar create` from several kinds of sources at once, and `ptar restore` to files: in both spellings, through the real command line.
import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openTarImporter } from '../../src/connectors/tar/importer.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { captureToMemory } from '../connectors/kubernetes/memory-archive.ts';
import { outputOf, ptarCommand, runPtar } from './ptar-process.ts';

const MANIFEST = 'apiVersion: v1\nkind: ConfigMap\nmetadata: { name: web, namespace: shop }\n';

describe('ptar restore to files', function () {
  this.timeout(120_000);
  let folder: string;
  let file: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-restore-'));
    file = join(folder, 'a:b', 'all.ptar');
    await mkdir(join(folder, 'a:b'));
    await mkdir(join(folder, 'in', 'sub'), { recursive: true });
    await writeFile(join(folder, 'in', 'sub', 'file'), 'content');
    await writeFile(join(folder, 'web.yaml'), MANIFEST);
    const made = await runPtar(['create', '-o', join(folder, 'in.ptar'), '--plaintext', join(folder, 'in')]);
    assert.equal(made.exitCode, 0, made.stderr);
    const tarred = await runPtar([
      'restore',
      `${join(folder, 'in.ptar')}:sub`,
      `tar:${join(folder, 'in.tar')}`,
    ]);
    assert.equal(tarred.exitCode, 0, tarred.stderr);
    const sources = [join(folder, 'in'), `manifests:${folder}/web.yaml`, `tar:${folder}/in.tar`];
    const all = await runPtar(['create', '-o', file, '--plaintext', ...sources]);
    assert.equal(all.exitCode, 0, all.stderr);
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('says of snapshots of different kinds that they belong together', async () => {
    const archive = await openArchiveFile(file);
    const snapshots = await archive.snapshots();
    const ids = snapshots.map(({ header }) => header.context?.find(({ key }) => key === 'CaptureID')?.value);
    assert.deepEqual(snapshots.map(({ source }) => source.importer.type).sort(), ['fs', 'k8s', 'tar']);
    assert.equal(new Set(ids).size, 1);
    assert.match(ids[0] ?? '', /^[0-9a-f-]{36}$/);
    await archive.close();
  });

  const inFolder = ['--snapshot', '1'];
  it('restores ARCHIVE:PATH to a folder', async () => {
    const target = join(folder, 'one');
    const { exitCode, stderr } = await runPtar(['restore', `${file}:sub/file`, target, ...inFolder]);
    assert.equal(exitCode, 0, stderr);
    assert.equal(await readFile(join(target, folder, 'in', 'sub', 'file'), 'utf8'), 'content');
  });

  it('restores FILE WHAT --to a folder', async () => {
    const target = join(folder, 'two');
    const { exitCode, stderr } = await runPtar(['restore', file, 'sub', '--to', target, ...inFolder]);
    assert.equal(exitCode, 0, stderr);
    assert.equal(await readFile(join(target, folder, 'in', 'sub', 'file'), 'utf8'), 'content');
  });

  it('writes nothing but the tar to stdout', async () => {
    const [command = '', ...args] = ptarCommand(['restore', `${file}:/`, 'tar:-', ...inFolder]);
    const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'pipe'] });
    const closed = once(child, 'close');
    let notes = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => (notes += text));
    const { snapshot, errors } = await captureToMemory(await openTarImporter('-', { input: child.stdout }));
    assert.deepEqual([...errors], []);
    const entry = await snapshot.entry(join(folder, 'in', 'sub', 'file'));
    assert.equal(Buffer.from(await snapshot.bytes(entry, 100)).toString(), 'content');
    assert.deepEqual(await closed, [0, null]);
    assert.match(notes, /restored .* to stdout/);
  });

  it('captures a tar from stdin', async () => {
    const target = join(folder, 'stdin.ptar');
    const [command = '', ...args] = ptarCommand(['create', '-o', target, '--plaintext', 'tar:-']);
    const child = spawn(command, args, { stdio: ['pipe', 'pipe', 'pipe'] });
    const finished = outputOf(child);
    child.stdin.end(await readFile(join(folder, 'in.tar')));
    assert.equal((await finished).exitCode, 0);
    const archive = await openArchiveFile(target);
    const [snapshot] = await archive.snapshots();
    assert.equal((await snapshot?.entry(join(folder, 'in', 'sub', 'file')))?.info.size, 'content'.length);
    await archive.close();
  });

  it('leaves no tar behind that is not complete, and keeps one that is there', async () => {
    const before = await readFile(join(folder, 'in.tar'));
    const { exitCode, stderr } = await runPtar(['restore', `${file}:/`, `tar:${folder}/in.tar`, ...inFolder]);
    assert.equal(exitCode, 7, stderr);
    assert.match(stderr, /^error: .*exists already/);
    assert.deepEqual(await readFile(join(folder, 'in.tar')), before);
    assert.ok((await readdir(folder)).every((name) => !name.endsWith('.tmp')));
  });

  for (const [why, args, pattern] of [
    ['without a target', ['FILE'], /no target/],
    ['with results and the tar on one stream', ['FILE:/', 'tar:-', '-o', 'json'], /standard output/],
    ['with an unknown target', ['FILE:/', 'ftp://x/y'], /unknown scheme/],
    ['with nothing selected', ['FILE', 'tar:x'], /nothing selected/],
  ] as const) {
    it(`says what is wrong ${why}`, async () => {
      const { exitCode, stderr, stdout } = await runPtar([
        'restore',
        ...args.map((item) => item.replace('FILE', file)),
      ]);
      assert.deepEqual([exitCode, stdout], [2, ''], stderr);
      assert.match(stderr, pattern);
      assert.equal(stderr.trim().split('\n').length, 1);
    });
  }

  it('does not read standard input twice', async () => {
    const args = ['create', '-o', join(folder, 'x.ptar'), '--plaintext', 'tar:-', 'manifests:-'];
    const { exitCode, stderr } = await runPtar(args);
    assert.equal(exitCode, 2);
    assert.match(stderr, /both read standard input/);
  });
});
