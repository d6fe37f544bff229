/** Adding, copying, joining and signing at the command line. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runPtar, type PtarRun } from './ptar-process.ts';

const CANARY = 'canary-of-the-command-line';
const MANIFESTS = `apiVersion: v1
kind: Secret
metadata: {name: db, namespace: shop}
stringData: {password: ${CANARY}}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: web, namespace: shop}
data: {greeting: hello}
`;

describe('ptar add, copy, join, key', function () {
  this.timeout(120_000);
  let folder: string;
  const ptar = (args: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<PtarRun> =>
    runPtar(args, { cwd: folder, env: { PTAR_PASSPHRASE: 'first', ...env } });
  /** Runs and expects `exitCode`; gives what went to stdout. */
  const expectExit = async (
    exitCode: number,
    args: readonly string[],
    env?: NodeJS.ProcessEnv,
  ): Promise<string> => {
    const run = await ptar(args, env);
    assert.equal(run.exitCode, exitCode, `${args.join(' ')}: ${run.stderr}`);
    return run.stdout;
  };

  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-cli-copies-'));
    await writeFile(path.join(folder, 'all.yaml'), MANIFESTS);
    const publicKey = await expectExit(0, ['key', 'generate', '-o', 'backup.key'], {
      PTAR_KEY_PASSPHRASE: 'key',
    });
    await writeFile(path.join(folder, 'backup.pub'), publicKey);
    await expectExit(
      0,
      ['create', '-o', 'a.ptar', '--kdf', 'scrypt', '--sign', 'backup.key', 'manifests:all.yaml'],
      {
        PTAR_KEY_PASSPHRASE: 'key',
      },
    );
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('makes a key that only its owner can read, and shows its public half', async () => {
    assert.equal((await stat(path.join(folder, 'backup.key'))).mode & 0o777, 0o600);
    assert.equal(
      await expectExit(0, ['key', 'public', 'backup.key']),
      await readFile(path.join(folder, 'backup.pub'), 'utf8'),
    );
    await expectExit(2, ['key', 'generate', '-o', 'backup.key', '--without-passphrase']);
    await expectExit(6, ['key', 'generate', '-o', 'other.key']);
    await expectExit(6, ['add', 'a.ptar', '--sign', 'backup.key', 'all.yaml'], {
      PTAR_KEY_PASSPHRASE: 'wrong',
    });
    await expectExit(2, ['add', 'a.ptar', '--sign', 'all.yaml', 'all.yaml']);
  });

  it('checks signatures against trusted keys', async () => {
    assert.match(
      await expectExit(0, ['check', 'a.ptar', '--trusted-key', 'backup.pub']),
      /1 signature by trusted keys/,
    );
    assert.match(
      await expectExit(0, ['check', 'a.ptar']),
      /1 valid signature, by keys that nobody has vouched for/,
    );
    const other = `ed25519:${'00'.repeat(32)}`;
    assert.match(await expectExit(5, ['check', 'a.ptar', '--trusted-key', other]), /none of those you trust/);
    await copyFile(path.join(folder, 'a.ptar'), path.join(folder, 'b.ptar'));
    await expectExit(0, ['add', 'b.ptar', '--tag', 'unsigned', 'manifests:all.yaml']);
    assert.match(await expectExit(5, ['check', 'b.ptar', '--trusted-key', 'backup.pub']), /is not signed/);
    const checked = JSON.parse(await expectExit(0, ['check', 'b.ptar', '-o', 'json'])) as {
      signatures: unknown;
    };
    assert.deepEqual(checked.signatures, { unsigned: 1, broken: 0, valid: 1, trusted: 0 });
  });

  it('adds to an archive, and joins what was added to its copies', async () => {
    for (const name of ['east.ptar', 'west.ptar']) {
      await copyFile(path.join(folder, 'a.ptar'), path.join(folder, name));
      await expectExit(0, ['add', name, '--name', name, 'manifests:all.yaml']);
    }
    assert.match(await expectExit(0, ['join', 'east.ptar', 'west.ptar', '-o', 'joined.ptar']), /3 snapshots/);
    await expectExit(0, ['check', 'joined.ptar']);
    await expectExit(2, ['join', 'east.ptar', 'west.ptar', '-o', 'joined.ptar']);
    await expectExit(6, ['add', 'east.ptar', 'all.yaml'], { PTAR_PASSPHRASE: 'wrong' });
    await expectExit(3, ['add', 'none.ptar', 'all.yaml']);
  });

  it('copies for an auditor what no Secret can be had from', async () => {
    const copies: readonly (readonly string[])[] = [['--redact'], ['--without-secrets']];
    for (const [index, how] of copies.entries()) {
      const name = `audit-${index}.ptar`;
      const env = { PTAR_NEW_PASSPHRASE: 'audit' };
      await expectExit(
        0,
        ['copy', 'a.ptar', '-n', 'shop', ...how, '-o', name, '--kdf', 'scrypt', '--compression', 'none'],
        env,
      );
      const audit = { PTAR_PASSPHRASE: 'audit' };
      await expectExit(0, ['check', name], audit);
      await expectExit(6, ['check', name]);
      assert.match(await expectExit(0, ['cat', name, 'ConfigMap/web'], audit), /greeting: hello/);
      const secret = await ptar(['cat', name, 'Secret/db', '--show-secrets'], audit);
      assert.ok(!secret.stdout.includes(CANARY));
      assert.equal(secret.exitCode, index === 0 ? 0 : 3, secret.stderr);
    }
    await expectExit(2, ['copy', 'a.ptar', '--redact', '--without-secrets', '-o', 'x.ptar', '--plaintext']);
    await expectExit(6, ['copy', 'a.ptar', '-o', 'x.ptar']);
    assert.ok(!(await readdir(folder)).includes('x.ptar'));
  });

  it('copies into an archive that is there, under its own passphrase', async () => {
    const made = { PTAR_PASSPHRASE: 'audit' };
    await expectExit(0, ['create', '-o', 'all.ptar', '--kdf', 'pbkdf2', 'manifests:all.yaml'], made);
    const env = { PTAR_NEW_PASSPHRASE: 'audit' };
    await expectExit(0, ['copy', 'a.ptar', 'ConfigMap/web', '--into', 'all.ptar'], env);
    const info = await expectExit(0, ['info', 'all.ptar', '-o', 'json'], { PTAR_PASSPHRASE: 'audit' });
    assert.equal((JSON.parse(info) as { snapshots: unknown[] }).snapshots.length, 2);
    await expectExit(6, ['copy', 'a.ptar', '--into', 'all.ptar'], { PTAR_NEW_PASSPHRASE: 'wrong' });
    await expectExit(6, ['copy', 'a.ptar', '--into', 'all.ptar']);
    await expectExit(3, ['copy', 'a.ptar', '--into', 'none.ptar'], env);
    await expectExit(2, ['copy', 'a.ptar', '--into', 'all.ptar', '--hashing', 'sha256'], env);
    await expectExit(2, ['copy', 'a.ptar', '--into', 'all.ptar', '-o', 'x.ptar'], env);
    await expectExit(2, ['copy', 'a.ptar'], env);
  });
});
