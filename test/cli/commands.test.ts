// Whole walks through the real command line: capture, look, compare, take out.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdir, mkdtemp, readFile, readdir, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { AFTER, BEFORE, SECRET_VALUE } from '../operations/shop-archive.ts';
import { outputOf, runPtar, startPtar, type PtarRun } from './ptar-process.ts';

const PASSPHRASE = 'a passphrase, of words';

describe('commands', () => {
  let folder: string;

  async function ptar(args: readonly string[], exitCode = 0): Promise<PtarRun> {
    const run = await runPtar(args, { cwd: folder, env: { PTAR_PASSPHRASE: PASSPHRASE } });
    assert.equal(run.exitCode, exitCode, run.stderr);
    assert.ok(!`${run.stderr}${args.includes('--show-secrets') ? '' : run.stdout}`.includes(SECRET_VALUE));
    return run;
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-commands-'));
    for (const [name, manifests] of [
      ['before', BEFORE],
      ['after', AFTER],
    ] as const) {
      await mkdir(join(folder, name));
      await writeFile(join(folder, name, 'all.yaml'), manifests.join('\n---\n'));
    }
    const run = await ptar([
      'create',
      '-o',
      'shop.ptar',
      '--kdf',
      'scrypt',
      '--name',
      'release',
      '--tag',
      'a,b',
      'manifests:before',
      'manifests:after',
    ]);
    assert.match(run.stdout, /^SNAPSHOT +SOURCE +ENTRIES +SIZE +FAILED\n[0-9a-f]{8} +manifests:before /);
    assert.match(run.stderr, /^wrote shop\.ptar: .*, encrypted\n$/);
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('ls shows objects as kubectl does', async () => {
    const { stdout } = await ptar(['ls', 'shop.ptar', '-n', 'shop']);
    const [header, ...rows] = stdout.trimEnd().split('\n');
    assert.match(header ?? '', /^NAMESPACE +KIND +NAME +AGE +SIZE$/);
    assert.deepEqual(
      rows.map((row) => row.split(/ {3,}/).slice(0, 3)),
      [
        ['shop', 'ConfigMap', 'web'],
        ['shop', 'Secret', 'db'],
        ['shop', 'Deployment', 'api'],
        ['shop', 'Deployment', 'web'],
        ['shop', 'BasketCase', 'one'],
      ],
    );
    assert.equal(
      (await ptar(['ls', 'shop.ptar', 'deploy/web', '-A', '-o', 'name'])).stdout,
      'deployment.apps/web\ndeployment.apps/web\n',
    );
    assert.equal((await ptar(['ls', 'shop.ptar', 'ingress'])).stderr, 'no objects\n');
  });

  it('ls shows paths as ls does', async () => {
    const { stdout } = await ptar(['ls', 'shop.ptar', '/shop', '-R', '-o', 'name', '--snapshot', '1']);
    const paths = stdout.trimEnd().split('\n');
    assert.equal(paths[0], '/shop');
    assert.ok(paths.includes('/shop/apps/Deployment/v1/worker.yaml'));
    const [first] = JSON.parse((await ptar(['ls', 'shop.ptar', '/', '-o', 'json'])).stdout) as {
      path: string;
      mode: string;
    }[];
    assert.deepEqual([first?.path, first?.mode.startsWith('d')], ['/_', true]);
  });

  it('cat prints what is stored, and Secrets only when asked', async () => {
    const raw = await ptar(['cat', 'shop.ptar', 'shop/deploy/web', 'shop/cm/web']);
    assert.match(raw.stdout, /replicas: 3\n---\napiVersion: v1\nkind: ConfigMap\n/);
    assert.equal(raw.stderr, '');
    assert.match(
      (await ptar(['cat', 'shop.ptar', 'shop/deploy/web', '--snapshot', 'latest~1'])).stdout,
      /replicas: 2\n/,
    );
    const hidden = await ptar(['cat', 'shop.ptar', 'secret/db']);
    assert.match(hidden.stderr, /--show-secrets/);
    const shown = await ptar(['cat', 'shop.ptar', 'secret/db', '--show-secrets']);
    assert.ok(shown.stdout.includes(SECRET_VALUE));
    assert.equal(shown.stderr, '');
  });

  it('diff lists what was added, removed and changed, and says so in its exit code', async () => {
    const { stdout, stderr } = await ptar(['diff', 'shop.ptar', '--paths'], 1);
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      '+ /shop/apps/Deployment/v1/api.yaml',
      '~ /shop/apps/Deployment/v1/web.yaml   (content)',
      '- /shop/apps/Deployment/v1/worker.yaml',
    ]);
    assert.equal(stderr, '1 added, 1 removed, 1 changed\n');
    await ptar(['diff', 'shop.ptar', '1', '1', '-q'], 0);
    await ptar(['diff', 'shop.ptar', '1', '2', '-q', '--path', '/staging'], 0);
  });

  it('diff compares what objects mean, and shows on request what changed in them', async () => {
    const { stdout, stderr } = await ptar(['diff', 'shop.ptar', '--detail'], 1);
    assert.deepEqual(stdout.trimEnd().split('\n'), [
      'shop',
      '  Deployment.apps   1 added, 1 removed, 1 changed',
      '    + api',
      '    ~ web',
      '        ~ spec.replicas: 2 → 3',
      '    - worker',
    ]);
    assert.equal(stderr, '1 added, 1 removed, 1 changed\n');
    const one = await ptar(
      ['diff', 'shop.ptar@1', 'shop.ptar', '--object', 'shop/deploy/web', '-o', 'json'],
      1,
    );
    assert.deepEqual((JSON.parse(one.stdout) as { patch: unknown }[])[0]?.patch, [
      { op: 'replace', path: '/spec/replicas', value: 3 },
    ]);
    assert.equal((await ptar(['diff', 'shop.ptar@2', 'shop.ptar'])).stdout, '');
  });

  it('info tells what the archive is and lists its snapshots', async () => {
    const { stdout } = await ptar(['info', 'shop.ptar']);
    assert.match(stdout, /^Encryption: +AES256-GCM-SIV, key by SCRYPT$/m);
    assert.match(stdout, /^ +1 +[0-9a-f]{8} .* release /m);
    const document = JSON.parse((await ptar(['info', 'shop.ptar', '-o', 'json'])).stdout) as {
      snapshots: { id: string; tags: string[] }[];
    };
    assert.deepEqual(
      document.snapshots.map(({ tags }) => tags),
      [
        ['a', 'b'],
        ['a', 'b'],
      ],
    );
  });

  it('check finds nothing wrong', async () => {
    assert.match((await ptar(['check', 'shop.ptar'])).stdout, /^shop\.ptar is sound: .*2 snapshots/);
  });

  it('extract writes files under their paths, and says what it left', async () => {
    const first = await ptar(['extract', 'shop.ptar', '-n', 'shop', '--to', 'out']);
    assert.match(first.stderr, /^extracted 6 items to out\n$/);
    assert.deepEqual(await readdir(join(folder, 'out', 'shop', 'apps', 'Deployment', 'v1')), [
      'api.yaml',
      'web.yaml',
    ]);
    assert.match(
      await readFile(join(folder, 'out', 'shop', '_', 'Secret', 'v1', 'db.yaml'), 'utf8'),
      new RegExp(SECRET_VALUE),
    );
    const again = await ptar(['extract', 'shop.ptar', 'shop/deploy/web', '--to', 'out'], 4);
    assert.match(again.stderr, /^warning: .*web\.yaml skipped: exists already; use --overwrite/);
    await ptar(['extract', 'shop.ptar', 'shop/deploy/web', '--to', 'out', '--overwrite']);
    await ptar(['extract', 'shop.ptar', '--to', 'never', '--dry-run']);
    assert.ok(!(await readdir(folder)).includes('never'));
  });

  it('create gives exit code 4 and names what failed when the rest was captured', async () => {
    await writeFile(join(folder, 'mixed.yaml'), `${BEFORE[0] ?? ''}\n---\nkind: [\n`);
    const run = await ptar(['create', '-o', 'mixed.ptar', '--plaintext', 'manifests:mixed.yaml'], 4);
    assert.match(run.stderr, /^warning: .*mixed\.yaml/);
    assert.match((await ptar(['ls', 'mixed.ptar', '-o', 'name'])).stdout, /^namespace\/shop$/m);
  });

  it('reads manifests from a pipe', async () => {
    const run = await runPtar(['create', '-o', 'piped.ptar', '--plaintext', 'manifests:-'], {
      cwd: folder,
      stdin: BEFORE.join('\n---\n'),
    });
    assert.equal(run.exitCode, 0, run.stderr);
    assert.match((await ptar(['ls', 'piped.ptar', 'deploy', '-o', 'name'])).stdout, /worker/);
  });

  it('takes the passphrase from a file, a command and Plakar’s variable', async () => {
    await writeFile(join(folder, 'pass'), `${PASSPHRASE}\n`);
    const args = ['ls', 'shop.ptar', '-o', 'name'];
    for (const [flags, env] of [
      [['--passphrase-file', 'pass'], {}],
      [['--passphrase-command', 'cat pass'], {}],
      [[], { PLAKAR_PASSPHRASE: PASSPHRASE }],
      [['--passphrase-file', 'pass'], { PTAR_PASSPHRASE: 'wrong' }],
    ] as const) {
      const run = await runPtar([...args, ...flags], { cwd: folder, env });
      assert.equal(run.exitCode, 0, run.stderr);
    }
  });

  it('prints names byte by byte into a pipe', async function () {
    if (process.platform !== 'linux') this.skip();
    const name = Buffer.from([0x63, 0x61, 0x66, 0xe9]);
    await mkdir(join(folder, 'bytes'));
    await writeFile(Buffer.concat([Buffer.from(join(folder, 'bytes/')), name]), 'x');
    await ptar(['create', '-o', 'bytes.ptar', '--plaintext', 'bytes']);
    const child = startPtar(['ls', 'bytes.ptar', '-o', 'name'], { cwd: folder });
    child.stdin?.end();
    const chunks: Buffer[] = [];
    child.stdout?.on('data', (chunk: Buffer) => chunks.push(chunk));
    await once(child, 'close');
    assert.deepEqual(Buffer.concat(chunks).subarray(-5), Buffer.concat([name, Buffer.from('\n')]));
    assert.match((await ptar(['ls', 'bytes.ptar'])).stdout, /caf\\xe9$/m);
  });

  it('ends quietly when the reader of its output has gone', async () => {
    const child = startPtar(['ls', 'shop.ptar', '/', '-R', '-o', 'json'], {
      cwd: folder,
      env: { PTAR_PASSPHRASE: PASSPHRASE },
    });
    const finished = outputOf(child);
    child.stdin?.end();
    child.stdout?.destroy();
    const { exitCode, stderr } = await finished;
    assert.deepEqual([exitCode, stderr], [0, '']);
  });
});
