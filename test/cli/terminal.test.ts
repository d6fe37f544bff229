// What a person at a terminal sees and types, and what is left when they have had enough.
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, open, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { TypedAt, terminalMissing } from './pseudo-terminal.ts';
import { outputOf, runPtar, startPtar } from './ptar-process.ts';

const KDF = ['--kdf', 'pbkdf2'];

describe('a person at the terminal', () => {
  let folder: string;
  before(function () {
    const reason = terminalMissing();
    if (reason === undefined) return;
    process.stderr.write(`\n  skipped: ${this.test?.parent?.title ?? ''} (${reason})\n`);
    this.skip();
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-tty-'));
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'in', 'a'), 'content');
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('types the passphrase twice for a new archive and once to open it, unseen', async () => {
    const create = new TypedAt(['create', '-o', 'a.ptar', ...KDF, 'in'], { cwd: folder });
    await create.shows(/New passphrase: /);
    // A typing error, taken back: the two bytes of an umlaut go with one key.
    create.type('s3cretX\u00fc\u007f\u007f-word\r');
    await create.shows(/same again: /);
    create.type('s3cret-word\r');
    assert.equal(await create.exitCode(), 0, create.screen);
    assert.doesNotMatch(create.screen, /s3cret|word/);
    const list = new TypedAt(['ls', 'a.ptar'], { cwd: folder });
    await list.shows(/Passphrase: /);
    list.type('s3cret-word\r');
    assert.equal(await list.exitCode(), 0, list.screen);
    assert.match(list.screen, /-rw.* a\r?\n/);
    const piped = await runPtar(['ls', 'a.ptar', '-o', 'name'], {
      cwd: folder,
      env: { PTAR_PASSPHRASE: 's3cret-word' },
    });
    assert.equal(piped.exitCode, 0, piped.stderr);
  });

  it('is told when the two differ, and nothing is made', async () => {
    const create = new TypedAt(['create', '-o', 'a.ptar', ...KDF, 'in'], { cwd: folder });
    await create.shows(/New passphrase: /);
    create.type('one\r');
    await create.shows(/same again: /);
    create.type('two\r');
    assert.equal(await create.exitCode(), 6);
    assert.match(create.screen, /differ/);
    assert.deepEqual(await readdir(folder), ['in']);
  });

  it('leaves at the question with Control-C, and nothing is made', async () => {
    const create = new TypedAt(['create', '-o', 'a.ptar', 'in'], { cwd: folder });
    await create.shows(/New passphrase: /);
    create.type('half\u0003');
    assert.equal(await create.exitCode(), 130);
    assert.doesNotMatch(create.screen, /half|    at /);
    assert.deepEqual(await readdir(folder), ['in']);
  });

  it('sees colours, unless NO_COLOR is set', async () => {
    const made = await runPtar(['create', '-o', 'a.ptar', '--plaintext', 'manifests:/dev/null', 'in'], {
      cwd: folder,
    });
    assert.equal(made.exitCode, 0, made.stderr);
    const coloured = new TypedAt(['diff', 'a.ptar'], { cwd: folder });
    assert.equal(await coloured.exitCode(), 1, coloured.screen);
    assert.match(coloured.screen, /\u001b\[32m\+ .*\/in\/a/);
    const plain = new TypedAt(['diff', 'a.ptar'], { cwd: folder, env: { NO_COLOR: '1' } });
    assert.equal(await plain.exitCode(), 1);
    assert.match(plain.screen, /^\+ .*\/in\/a/m);
    assert.doesNotMatch(plain.screen, /\u001b\[3/);
  });

  it('watches progress on a line that goes away; a pipe gets none', async () => {
    await sparseFile(join(folder, 'in', 'large'), 768 << 20);
    const args = ['create', '-o', 'a.ptar', '--plaintext', '--overwrite', 'in'];
    const create = new TypedAt(args, { cwd: folder });
    assert.equal(await create.exitCode(), 0, create.screen);
    assert.match(create.screen, /\r\u001b\[2K\d+:\d\d {2}\d+ items {2}[\d.]+ MiB/);
    assert.match(create.screen, /\r\u001b\[2KSNAPSHOT/);
    const piped = await runPtar(args, { cwd: folder });
    assert.equal(piped.exitCode, 0);
    assert.doesNotMatch(piped.stderr + piped.stdout, /\u001b|\r/);
  }).timeout(120_000);
});

describe('an interrupted capture', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-sigint-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    it(`by ${signal} ends with 130, keeps the previous archive and leaves nothing else`, async function () {
      if (process.platform === 'win32') this.skip();
      await sparseFile(join(folder, 'endless'), 64 * 2 ** 30);
      await writeFile(join(folder, 'a.ptar'), 'previous');
      const child = startPtar(['create', '-o', 'a.ptar', '--overwrite', '--plaintext', 'endless'], {
        cwd: folder,
      });
      const finished = outputOf(child);
      while (!(await readdir(folder)).some((name) => name.endsWith('.tmp'))) {
        assert.equal(child.exitCode, null);
        await new Promise((resolve) => setTimeout(resolve, 20));
      }
      child.kill(signal);
      const { exitCode, stderr } = await finished;
      assert.equal(exitCode, 130, stderr);
      assert.equal(stderr, 'error: cancelled\n');
      assert.deepEqual((await readdir(folder)).sort(), ['a.ptar', 'endless']);
      assert.equal(await readFile(join(folder, 'a.ptar'), 'utf8'), 'previous');
    }).timeout(60_000);
  }
});

async function sparseFile(path: string, size: number): Promise<void> {
  const handle = await open(path, 'w');
  await handle.truncate(size);
  await handle.close();
}
