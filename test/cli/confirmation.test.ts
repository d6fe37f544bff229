// What is asked before something is changed, and what happens where nobody can be asked.
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { TypedAt, terminalMissing } from './pseudo-terminal.ts';
import { runPtar, type PtarRun } from './ptar-process.ts';

const NAMESPACE = 'cli-confirm';
const CONFIG_MAP = (name: string, colour: string, more = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: ${name}, namespace: ${NAMESPACE}}\ndata: {colour: ${colour}}\n${more}---\n`;

describe('a person who is asked', function () {
  this.timeout(180_000);
  let folder: string;
  let cluster: TestCluster;
  let environment: NodeJS.ProcessEnv;

  before(requirement('cluster'));
  before(function () {
    const reason = terminalMissing();
    if (reason === undefined) return;
    process.stderr.write(`\n  skipped: ${this.test?.parent?.title ?? ''} (${reason})\n`);
    this.skip();
  });
  before(async () => {
    cluster = await sharedCluster();
    folder = await mkdtemp(join(tmpdir(), 'ptar-cli-confirm-'));
    environment = {
      PTAR_PASSPHRASE: 'p',
      KUBECONFIG: cluster.kubeconfig,
      XDG_STATE_HOME: join(folder, 'state'),
    };
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
    await cluster.kubectl(['wait', '--for=create', 'cm/kube-root-ca.crt', '-n', NAMESPACE, '--timeout=60s']);
    await apply(CONFIG_MAP('web', 'green') + CONFIG_MAP('fixed', 'green', 'immutable: true\n'));
    const captured = await piped('create', '-o', 'a.ptar', '--kdf', 'pbkdf2', `k8s:///${NAMESPACE}`);
    assert.equal(captured.exitCode, 0, captured.stderr);
  });
  after(async () => {
    await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--ignore-not-found', '--wait=false']);
    await rm(folder, { recursive: true, force: true });
  });

  const apply = (manifests: string): Promise<string> => cluster.kubectl(['apply', '-f', '-'], manifests);
  const typedAt = (...args: readonly string[]): TypedAt =>
    new TypedAt(args, { cwd: folder, env: environment });
  const piped = (...args: readonly string[]): Promise<PtarRun> =>
    runPtar(args, { cwd: folder, env: environment });
  const restore = (...more: readonly string[]): string[] => [
    'restore',
    'a.ptar',
    '-n',
    NAMESPACE,
    '--to',
    'k8s://',
    ...more,
  ];

  /** The names of ConfigMaps, each with its colour. */
  async function colours(): Promise<string[]> {
    const lines = '{range .items[*]}{.metadata.name}={.data.colour} {end}';
    const text = await cluster.kubectl(['get', 'configmaps', '-n', NAMESPACE, '-o', `jsonpath=${lines}`]);
    return text
      .trim()
      .split(' ')
      .filter((pair) => !pair.startsWith('kube-root-ca.crt'));
  }

  it('sees what would happen; whatever is not yes leaves everything as it is', async () => {
    await apply(CONFIG_MAP('web', 'red'));
    for (const answer of ['\r', 'yesterday\r', '\u0003']) {
      const run = typedAt(...restore());
      await run.shows(/Go on\? \[y\/N\] /);
      assert.match(run.screen, /plan for https:\S+: update 1/);
      run.type(answer);
      assert.equal(await run.exitCode(), 130, run.screen);
      assert.deepEqual(await colours(), ['fixed=green', 'web=red']);
    }
    const remembered = await piped('undo', '--list', '-o', 'json');
    assert.deepEqual(JSON.parse(remembered.stdout), []);
  });

  it('says yes, and is asked again before it is taken back', async () => {
    await apply(CONFIG_MAP('web', 'red'));
    const run = typedAt(...restore());
    await run.shows(/Go on\? \[y\/N\] /);
    run.type('y\r');
    assert.equal(await run.exitCode(), 0, run.screen);
    assert.deepEqual(await colours(), ['fixed=green', 'web=green']);
    const no = typedAt('undo');
    await no.shows(/Take back restore \S+, which wrote 1 objects? to https:\S+\? \[y\/N\] /);
    no.type('no\r');
    assert.equal(await no.exitCode(), 130);
    assert.deepEqual(await colours(), ['fixed=green', 'web=green']);
    const yes = typedAt('undo');
    await yes.shows(/\[y\/N\] /);
    yes.type('YES\r');
    assert.equal(await yes.exitCode(), 0, yes.screen);
    assert.deepEqual(await colours(), ['fixed=green', 'web=red']);
  });

  it('types the name of the context before anything is deleted', async () => {
    await apply(CONFIG_MAP('extra', 'blue'));
    const context = (await cluster.kubectl(['config', 'current-context'])).trim();
    for (const answer of ['y\r', `${context}x\r`]) {
      const run = typedAt(...restore('--prune'));
      await run.shows(/1 object will be deleted\. Type (\S+) to go on: /);
      assert.ok(run.screen.includes(`Type ${context} to go on`), run.screen);
      run.type(answer);
      assert.equal(await run.exitCode(), 130, run.screen);
      assert.ok((await colours()).includes('extra=blue'));
    }
    const run = typedAt(...restore('--prune'));
    await run.shows(/to go on: /);
    run.type(`${context}\r`);
    assert.equal(await run.exitCode(), 0, run.screen);
    assert.ok(!(await colours()).includes('extra=blue'));
  });

  it('is needed, or --yes, where objects would be deleted', async () => {
    await apply(CONFIG_MAP('extra', 'blue'));
    const pruned = await piped(...restore('--prune'));
    assert.equal(pruned.exitCode, 2);
    assert.match(
      pruned.stderr,
      /error: objects would be deleted, and nobody can be asked; allow it with --yes/,
    );
    assert.ok((await colours()).includes('extra=blue'));
    await cluster.kubectl(['delete', 'configmap', 'fixed', '-n', NAMESPACE]);
    await apply(CONFIG_MAP('fixed', 'red', 'immutable: true\n'));
    const recreated = await piped(...restore('--existing', 'recreate'));
    assert.equal(recreated.exitCode, 2);
    assert.match(recreated.stderr, /--yes/);
    assert.ok((await colours()).includes('fixed=red'));
    const saved = await piped(
      'plan',
      'a.ptar',
      '-n',
      NAMESPACE,
      'k8s://',
      '--existing',
      'recreate',
      '--prune',
      '-o',
      'yaml',
    );
    assert.equal(saved.exitCode, 0, saved.stderr);
    await writeFile(join(folder, 'saved.yaml'), saved.stdout);
    assert.equal((await piped('apply', 'saved.yaml')).exitCode, 2);
    const applied = await piped('apply', 'saved.yaml', '--yes');
    assert.equal(applied.exitCode, 0, applied.stderr);
    assert.deepEqual(await colours(), ['fixed=green', 'web=green']);
    const undone = await piped('undo');
    assert.equal(undone.exitCode, 2);
    assert.match(undone.stderr, /--yes/);
    assert.deepEqual(await colours(), ['fixed=green', 'web=green']);
  });
});
