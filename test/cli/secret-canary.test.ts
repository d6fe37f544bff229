/** Values of Secrets are in archives and nowhere else: whatever ptar prints or keeps while it plans, restores, reports and undoes. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { applyPlan } from '../../src/operations/plan/apply-plan.ts';
import { makePlan } from '../../src/operations/plan/make-plan.ts';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { runInProcess } from './ptar-in-process.ts';
import { runPtar } from './ptar-process.ts';
import { formsOf, secretsWith } from './secret-forms.ts';

const NAMESPACE = 'secret-canary';
const CAPTURED = 'canary-captured-4711-orange';
const LIVE = 'canary-live-0815-violet';
const PASSPHRASE = 'only for tests';

describe('values of Secrets', function () {
  this.timeout(180_000);
  let folder: string;
  let cluster: TestCluster;
  const environmentBefore = new Map<string, string | undefined>();
  const at = (name: string): string => path.join(folder, name);

  before(requirement('cluster'));
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-canary-'));
    cluster = await sharedCluster();
    // What is put aside for a moment and left there would be found too.
    await mkdir(at('tmp'));
    for (const [name, value] of [
      ['XDG_STATE_HOME', at('state')],
      ['TMPDIR', at('tmp')],
    ] as const) {
      environmentBefore.set(name, process.env[name]);
      process.env[name] = value;
    }
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
  });
  after(async () => {
    for (const [name, value] of environmentBefore) {
      if (value === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = value;
    }
    await cluster.kubectl([
      'delete',
      'namespace',
      NAMESPACE,
      `${NAMESPACE}-moved`,
      '--ignore-not-found',
      '--wait=false',
    ]);
    await rm(folder, { recursive: true, force: true });
  });

  /** Sets the Secrets of the cluster to `value`. */
  async function setSecrets(value: string): Promise<void> {
    await cluster.kubectl(
      ['apply', '--server-side', '--force-conflicts', '--filename=-'],
      secretsWith(value, NAMESPACE),
    );
  }

  /** Runs a command and gives everything that it said. */
  async function said(...args: readonly string[]): Promise<string> {
    const [command = '', ...rest] = args;
    const access = ['create', 'plan', 'restore', 'preflight', 'undo', 'apply', 'resume', 'diff'].includes(
      command,
    )
      ? [`--kubeconfig=${cluster.kubeconfig}`]
      : [];
    const { stdout, stderr, exitCode } = await runInProcess([command, ...rest, ...access], {
      PTAR_PASSPHRASE: PASSPHRASE,
      PTAR_DEBUG: '1',
    });
    // A command that was not understood proves nothing.
    assert.notEqual(exitCode, 2, `${args.join(' ')}: ${stderr}`);
    return `$ ptar ${args.join(' ')} # ${String(exitCode)}\n${stdout}${stderr}`;
  }

  function assertUnseen(text: string, where: string): void {
    for (const value of [CAPTURED, LIVE]) {
      for (const form of formsOf(value)) assert.ok(!text.includes(form), `${where} shows ${form}`);
    }
  }

  it('would be found in every form', () => {
    const forms = formsOf(CAPTURED);
    const manifests = secretsWith(CAPTURED, NAMESPACE).split('---\n');
    assert.equal(manifests.length, 5);
    for (const manifest of manifests) {
      assert.ok(
        forms.some((form) => manifest.includes(form)),
        manifest,
      );
    }
  });

  it('are in no output, plan, journal, report, difference or error', async () => {
    await setSecrets(CAPTURED);
    const archive = at('a.ptar');
    const texts = [await said('create', '-o', archive, '--kdf', 'scrypt', '-n', NAMESPACE, 'k8s://')];
    await setSecrets(LIVE);
    await writeFile(
      at('map.yaml'),
      `namespaces: {${NAMESPACE}: ${NAMESPACE}-moved}\nimageRegistries: {quay.io: r.local}\n`,
    );
    const everything = [archive, '-n', NAMESPACE, 'k8s://'];
    const plan = await runInProcess(
      ['plan', ...everything, '-o', 'yaml', `--kubeconfig=${cluster.kubeconfig}`],
      {
        PTAR_PASSPHRASE: PASSPHRASE,
      },
    );
    assert.match(plan.stdout, /verdict: update/);
    await writeFile(at('saved.plan'), plan.stdout);
    for (const run of [
      ['plan', ...everything],
      ['plan', ...everything, '-o', 'wide'],
      ['plan', ...everything, '-o', 'json'],
      ['plan', ...everything, '--existing', 'replace', '-o', 'json'],
      ['plan', ...everything, '--map', at('map.yaml'), '-o', 'json'],
      ['preflight', ...everything, '-o', 'json'],
      ['images', archive, '-o', 'json'],
      ['ls', archive, '-o', 'json'],
      [
        'cat',
        archive,
        '-n',
        NAMESPACE,
        'secret/plain',
        'secret/applied',
        'secret/registry',
        'secret/sh.helm.release.v1.shop.v1',
      ],
      ['search', archive, '--text', 'canary-'],
      ['describe', `${archive}:secret/plain`, '-n', NAMESPACE],
      ['get', archive, 'secrets', '-n', NAMESPACE, '-o', 'yaml'],
      ['history', archive, `${NAMESPACE}/secret/plain`, '-o', 'json'],
      ['timeline', archive, '-n', NAMESPACE, '-o', 'json'],
      ['diff', archive, 'k8s://', '-n', NAMESPACE, '--detail'],
      ['diff', archive, 'k8s://', '-n', NAMESPACE, '-o', 'patch'],
      ['restore', ...everything, '--dry-run=server'],
      ['restore', ...everything, '--yes', '--report', at('report.json')],
    ]) {
      texts.push(await said(...run));
    }
    await setSecrets(LIVE);
    texts.push(await said('restore', ...everything, '--yes', '--report', at('report.xml')));
    texts.push(
      await said('restore', ...everything, '--yes', '--map', at('map.yaml'), '--report', at('report.html')),
    );
    assert.match(texts.at(-1), /secret\/plain created/);
    texts.push(await said('apply', at('saved.plan'), '--yes'), await said('undo', '--yes', '-o', 'json'));
    for (const [index, text] of texts.entries()) assertUnseen(text, `output ${index}: ${text.slice(0, 80)}`);
  });

  it('are in no error of the API server that is passed on', async () => {
    await setSecrets(LIVE);
    await cluster.kubectl(['patch', 'secret', 'plain', '-n', NAMESPACE, '-p', '{"immutable":true}']);
    await cluster.kubectl(['delete', 'secret', 'typed', '-n', NAMESPACE]);
    // Another type is refused with the whole object in some messages.
    await cluster.kubectl([
      'create',
      'secret',
      'generic',
      'typed',
      '-n',
      NAMESPACE,
      '--type=example.com/other',
      `--from-literal=a=${LIVE}`,
    ]);
    const text = await said(
      'restore',
      at('a.ptar'),
      '-n',
      NAMESPACE,
      'k8s://',
      '--yes',
      '--report',
      at('failed.json'),
    );
    assert.match(text, /secret\/plain (?:failed|skipped)/);
    assert.match(text, /secret\/typed (?:failed|skipped)/);
    assertUnseen(text, 'the output');
  });

  it('are in no journal of a restore that was given up, and in nothing that goes on from there', async () => {
    await setSecrets(LIVE);
    const archive = await openArchiveFile(at('a.ptar'), {
      passphrase: () => Promise.resolve(Buffer.from(PASSPHRASE)),
    });
    const abort = new AbortController();
    try {
      const [snapshot] = await archive.snapshots();
      assert.ok(snapshot);
      const access = { kubeconfig: cluster.kubeconfig };
      const selection = { selections: [], namespace: NAMESPACE };
      const asked = { archive, snapshot, selection, target: 'k8s://', access };
      for await (const event of makePlan({ ...asked, options: { existing: 'replace' } })) {
        if (event.event !== 'planned') continue;
        const apply = applyPlan({ archive, plan: event.plan, access, signal: abort.signal });
        await assert.rejects(
          async () => {
            for await (const { event: what } of apply) if (what === 'result') abort.abort();
          },
          { code: 'CANCELLED' },
        );
      }
    } finally {
      await archive.close();
    }
    assert.ok(abort.signal.aborted);
    const listed = await said('undo', '--list', '-o', 'json');
    assert.match(listed, /interrupted/);
    const texts = [listed, await said('resume', '-o', 'json', '--report', at('resumed.html'))];
    texts.push(await said('undo', '--yes', '--report', at('undone.xml')));
    assert.match(texts[2] ?? '', /secret\/applied updated/);
    for (const text of texts) assertUnseen(text, text.slice(0, 80));
  });

  it('are in the archive that undoes a restore, under the passphrase of its source', async () => {
    const files = await readdir(at('state'), { recursive: true });
    const archives = files
      .filter((name) => name.endsWith('.ptar'))
      .map((name) => path.join(at('state'), name));
    assert.ok(archives.length >= 4, `${archives.length} undo archives`);
    let holding = 0;
    for (const file of archives) {
      const { mode } = await stat(file);
      assert.equal(mode & 0o777, 0o600, file);
      const get = ['get', file, 'secrets', '-n', NAMESPACE, '-o', 'yaml', '--show-secrets'];
      const { stdout } = await runInProcess(get, { PTAR_PASSPHRASE: PASSPHRASE });
      if (formsOf(LIVE).some((form) => stdout.includes(form))) holding += 1;
    }
    assert.ok(holding > 0, 'no undo archive holds what was there');
    const get = ['get', archives[0] ?? '', 'secrets', '-n', NAMESPACE, '-o', 'yaml', '--show-secrets'];
    for (const passphrase of ['', `not ${PASSPHRASE}`]) {
      const { exitCode, stdout, stderr } = await runPtar(get, {
        env: passphrase === '' ? {} : { PTAR_PASSPHRASE: passphrase },
      });
      assert.equal(exitCode, 6, stderr);
      assertUnseen(stdout + stderr, 'a closed undo archive');
    }
  });

  it('are in no file but archives', async () => {
    const files = await readdir(folder, { recursive: true, withFileTypes: true });
    const names = files
      .filter((entry) => entry.isFile())
      .map((entry) => path.join(entry.parentPath, entry.name));
    const kinds = new Set(names.map((name) => path.extname(name)));
    for (const kind of ['.yaml', '.jsonl', '.json', '.xml', '.html', '.ptar']) {
      assert.ok(kinds.has(kind), kind);
    }
    // Archives too: this one is encrypted, and so are those that undo restores.
    for (const name of names) assertUnseen(await readFile(name, 'latin1'), name);
  });
});
