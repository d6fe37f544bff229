// Every bad input that people meet, through the real command line: one line that says what, where and what to do, the exit code
// of its kind, no stack trace, and the archive that was there untouched.
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { copyFileSync, readFileSync } from 'node:fs';
import { mkdir, mkdtemp, readdir, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { requirement } from '../requirements.ts';
import { runPtar, type PtarOptions, type PtarRun } from './ptar-process.ts';

const PASSPHRASE = 'correct horse';
const MANIFEST = 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\ndata: {k: v}\n';

describe('bad input', () => {
  let folder: string;
  let plain: string;
  let sealed: string;

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-bad-'));
    await mkdir(join(folder, 'in'));
    await writeFile(join(folder, 'in', 'web.yaml'), MANIFEST);
    plain = join(folder, 'plain.ptar');
    sealed = join(folder, 'sealed.ptar');
    const env = { PTAR_PASSPHRASE: PASSPHRASE };
    const made = await Promise.all([
      runPtar(['create', '-o', plain, '--plaintext', `manifests:${folder}/in`]),
      runPtar(['create', '-o', sealed, '--kdf', 'pbkdf2', `manifests:${folder}/in`], { env }),
    ]);
    for (const { exitCode, stderr } of made) assert.equal(exitCode, 0, stderr);
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  /** A copy of the plaintext archive with `change` done to its bytes. */
  async function altered(name: string, change: (bytes: Buffer) => Buffer): Promise<string> {
    const path = join(folder, name);
    await writeFile(path, change(readFileSync(plain)));
    return path;
  }

  async function refused(
    args: readonly string[],
    exitCode: number,
    words: readonly (RegExp | string)[],
    options: PtarOptions = {},
  ): Promise<PtarRun> {
    const run = await runPtar(args, { cwd: folder, ...options });
    assert.equal(run.exitCode, exitCode, run.stderr);
    const lines = run.stderr.trimEnd().split('\n');
    assert.equal(lines.length, 1, run.stderr);
    assert.match(run.stderr, /^error: /);
    assert.doesNotMatch(run.stderr, /\n\s+at |node:|\[object|undefined/);
    for (const word of words) {
      if (typeof word === 'string') assert.ok(run.stderr.includes(word), `${run.stderr} lacks ${word}`);
      else assert.match(run.stderr, word);
    }
    assert.equal(run.stdout, '');
    return run;
  }

  describe('an archive', () => {
    it('that is not there', () => refused(['ls', 'none.ptar'], 3, ['none.ptar', /check the path/]));

    it('that is empty', async () => {
      const path = await altered('empty.ptar', () => Buffer.alloc(0));
      await refused(['ls', path], 5, [path]);
    });

    it('that is something else', async () => {
      const path = await altered('foreign.ptar', () => Buffer.from('PK\x03\x04'.padEnd(4096, 'zip')));
      await refused(['ls', path], 3, [path]);
    });

    it('of a newer version', async () => {
      const path = await altered('newer.ptar', (bytes) => {
        bytes.writeUInt32LE(99 << 16, 8);
        return bytes;
      });
      await refused(['ls', path], 3, [path, /version/]);
    });

    it('that was cut off at any place', async () => {
      const { size } = await stat(plain);
      for (const length of [12, 40, Math.floor(size / 2), size - 48, size - 1]) {
        const path = join(folder, 'cut.ptar');
        copyFileSync(plain, path);
        await truncate(path, length);
        await refused(['ls', path], 5, [path]);
      }
    }).timeout(60_000);

    it('with a flipped bit, in every part of it', async () => {
      const { size } = await stat(plain);
      const places = [
        12,
        60,
        ...Array.from({ length: 5 }, (_, index) => Math.floor((size * (index + 1)) / 6)),
        size - 60,
        size - 20,
      ];
      for (const place of places) {
        const path = await altered('flipped.ptar', (bytes) => {
          bytes.writeUInt8(bytes.readUInt8(place) ^ 0x10, place);
          return bytes;
        });
        const run = await runPtar(['check', path], { cwd: folder });
        assert.ok(
          [3, 5].includes(run.exitCode ?? -1),
          `byte ${place}: exit code ${run.exitCode}\n${run.stderr}`,
        );
        assert.match(run.stderr, /^error: /);
        assert.doesNotMatch(run.stderr, /\n\s+at /);
      }
    }).timeout(60_000);

    it('that is a folder', () => refused(['ls', folder], 3, [folder, /is a folder/]));
  });

  describe('a passphrase', () => {
    it('that is missing', () => refused(['ls', 'sealed.ptar'], 6, ['sealed.ptar', /PTAR_PASSPHRASE/]));
    it('that is wrong', async () => {
      const run = await refused(['ls', 'sealed.ptar'], 6, [/passphrase/], {
        env: { PTAR_PASSPHRASE: 'wr0ng-secret' },
      });
      assert.ok(!run.stderr.includes('wr0ng-secret'));
    });
    it('that is empty', () => refused(['ls', 'sealed.ptar'], 6, [/empty/], { env: { PTAR_PASSPHRASE: '' } }));
    it('in a file that is not there', () =>
      refused(['ls', 'sealed.ptar', '--passphrase-file', 'nope'], 2, ['nope']));
    it('of a command that fails', () =>
      refused(['ls', 'sealed.ptar', '--passphrase-command', 'exit 7'], 2, [/exit code 7/]));
    it('from two places', () =>
      refused(['ls', 'sealed.ptar', '--passphrase-command', 'true', '--passphrase-file', 'x'], 2, [
        /exclude each other/,
      ]));
    it('missing for a new archive', () =>
      refused(['create', '-o', 'new.ptar', 'in'], 6, ['new.ptar', '--plaintext']));
  });

  describe('a name', () => {
    it('of an unknown kind, with the nearest one', () =>
      refused(['ls', 'plain.ptar', 'configmapz'], 3, [/configmapz/, /configmaps/]));
    it('of an unknown path', () => refused(['cat', 'plain.ptar', '/shop/nothing'], 3, ['/shop/nothing']));
    it('of an unknown object', () =>
      refused(['cat', 'plain.ptar', 'cm/api', '-n', 'shop'], 3, ['cm/api', 'shop']));
    it('of an unknown snapshot', async () => {
      await refused(['ls', 'plain.ptar', '--snapshot', '7'], 3, [/snapshot 7/, /ptar info/]);
      await refused(['ls', 'plain.ptar', '--snapshot', 'feedface'], 3, [/feedface/]);
      await refused(['ls', 'plain.ptar', '--snapshot', 'yesterday'], 2, [/yesterday/, /latest/]);
    });
    it('of an unknown scheme', () =>
      refused(['create', '-o', 'new.ptar', '--plaintext', 'ftp://host/x'], 2, [
        'ftp:',
        'k8s://',
        'manifests:PATH',
      ]));
    it('of a source that is not there', () =>
      refused(['create', '-o', 'new.ptar', '--plaintext', 'in/none'], 3, ['in/none']));
    it('of a folder for the archive that is not there', () =>
      refused(['create', '-o', 'no/such/new.ptar', '--plaintext', 'in'], 3, ['no/such/new.ptar', /folder/]));
  });

  describe('a command line', () => {
    const misuse = (args: readonly string[], ...words: readonly (RegExp | string)[]): Promise<void> =>
      runPtar(args, { cwd: folder }).then(({ exitCode, stderr }) => {
        assert.equal(exitCode, 2, stderr);
        assert.match(stderr, /^error: .*\n\(see --help\)\n$/);
        for (const word of words) assert.match(stderr, new RegExp(word));
      });
    it('with an unknown command, and the nearest one', () =>
      misuse(['extrct'], "unknown command 'extrct'", 'extract'));
    it('with an unknown option, and the nearest one', () =>
      misuse(['ls', 'x', '--snapshoot', '1'], '--snapshot'));
    it('without what it needs', () => misuse(['create', 'in'], '--output'));
    it('with a value that is none of the choices', () => misuse(['ls', 'x', '-o', 'xml'], 'json'));
    it('with an empty tag', () => misuse(['create', '-o', 'n.ptar', '--tag', 'a,,b', 'in'], 'tag'));
    it('that selects nothing to restore', () =>
      refused(['restore', 'plain.ptar', '--to', 'k8s://'], 2, [/nothing selected/]));
  });

  describe('a cluster', () => {
    let server: Server | undefined;
    afterEach(() => server?.close());

    async function kubeconfigOf(port: number): Promise<string> {
      const path = join(folder, 'kubeconfig');
      const config = {
        apiVersion: 'v1',
        kind: 'Config',
        clusters: [{ name: 'c', cluster: { server: `http://127.0.0.1:${port}` } }],
        users: [{ name: 'u', user: { token: 't0ken-of-nobody' } }],
        contexts: [{ name: 'x', context: { cluster: 'c', user: 'u' } }],
        'current-context': 'x',
      };
      await writeFile(path, JSON.stringify(config));
      return path;
    }

    async function serving(listener: RequestListener): Promise<string> {
      server = createServer(listener).listen(0, '127.0.0.1');
      await new Promise((resolve) => server?.once('listening', resolve));
      return kubeconfigOf((server.address() as AddressInfo).port);
    }

    const capture = (kubeconfig: string): readonly string[] => [
      'create',
      '-o',
      'cluster.ptar',
      '--plaintext',
      '--kubeconfig',
      kubeconfig,
      'k8s://x',
    ];

    it('that cannot be reached', async () => {
      const closed = await serving(() => undefined);
      await new Promise((resolve) => server?.close(resolve));
      await refused(capture(closed), 3, [/127\.0\.0\.1/]);
      assert.ok(!(await readdir(folder)).some((name) => name.includes('cluster.ptar')));
    }).timeout(60_000);

    it('that does not know the person', async () => {
      const kubeconfig = await serving((_, response) => {
        response.writeHead(401, { 'content-type': 'application/json' });
        response.end(
          '{"kind":"Status","apiVersion":"v1","status":"Failure","message":"Unauthorized","code":401}',
        );
      });
      const run = await refused(capture(kubeconfig), 8, [/127\.0\.0\.1/]);
      assert.ok(!run.stderr.includes('t0ken-of-nobody'));
      assert.ok(!(await readdir(folder)).some((name) => name.includes('cluster.ptar')));
    });

    it('of a context that the kubeconfig does not have', async () => {
      const kubeconfig = await serving(() => undefined);
      await refused(
        ['create', '-o', 'c.ptar', '--plaintext', '--kubeconfig', kubeconfig, 'k8s://staging'],
        3,
        ['staging'],
      );
    });
  });

  describe('while an archive is there', () => {
    const digest = (path: string): string => createHash('sha256').update(readFileSync(path)).digest('hex');

    it('keeps it without --overwrite', async () => {
      const before = digest(plain);
      await refused(['create', '-o', 'plain.ptar', '--plaintext', 'in'], 2, ['plain.ptar', '--overwrite']);
      assert.equal(digest(plain), before);
    });

    it('keeps it when a source fails', async () => {
      const before = digest(plain);
      await refused(['create', '-o', 'plain.ptar', '--overwrite', '--plaintext', 'in', 'gone'], 3, ['gone']);
      assert.equal(digest(plain), before);
      assert.deepEqual(
        (await readdir(folder)).filter((name) => name.endsWith('.tmp')),
        [],
      );
    });

    describe('on a disk that fills up', () => {
      let disk: string;
      before(requirement('root'));
      before(async function () {
        if (process.platform !== 'linux') this.skip();
        disk = join(folder, 'disk');
        await mkdir(disk);
        execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=1m', 'none', disk]);
      });
      after(() => {
        execFileSync('umount', [disk]);
      });

      it('keeps it and leaves nothing else', async () => {
        copyFileSync(plain, join(disk, 'a.ptar'));
        const before = digest(join(disk, 'a.ptar'));
        const noise = join(folder, 'noise');
        await writeFile(
          noise,
          execFileSync('head', ['-c', '3000000', '/dev/urandom'], { maxBuffer: 4_000_000 }),
        );
        await refused(['create', '-o', 'disk/a.ptar', '--overwrite', '--plaintext', noise], 3, [
          'disk/a.ptar',
          /no space left/,
        ]);
        assert.equal(digest(join(disk, 'a.ptar')), before);
        assert.deepEqual(await readdir(disk), ['a.ptar']);
      });
    });
  });
});
