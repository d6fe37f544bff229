import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { parseAllDocuments } from 'yaml';
import { buildProgram } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { ArchiveSeries } from '../../src/operations/archive-series.ts';
import { runPtar } from '../cli/ptar-process.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';

const run = promisify(execFile);
const SCHEDULES = join(import.meta.dirname, '..', '..', 'examples', 'schedules');
const MANIFEST = join(SCHEDULES, 'kubernetes', 'capture.yaml');

/** Parses a command line of `ptar create` without running it. @returns what `-o` names */
async function outputOf(args: readonly string[]): Promise<string> {
  const program = buildProgram(new Terminal(process), () => Promise.resolve());
  await program.parseAsync(args, { from: 'user' });
  const output: unknown = program.commands.find((command) => command.name() === args[0])?.opts()['output'];
  assert.ok(typeof output === 'string');
  return output;
}

describe('examples/schedules', () => {
  it('the service calls ptar with options that there are, into a series', async () => {
    const unit = await readFile(join(SCHEDULES, 'systemd', 'ptar-capture.service'), 'utf8');
    const words = /^ExecStart=\/usr\/bin\/env ptar (.*)$/m.exec(unit)?.[1]?.split(' ') ?? [];
    assert.equal(words[0], 'create');
    assert.ok(ArchiveSeries.isPattern(await outputOf(words)));
  });

  it('systemd takes service and timer', async function () {
    if (spawnSync('systemd-analyze', ['--version']).error !== undefined) {
      process.stderr.write('\n  skipped: systemd takes service and timer (there is no systemd-analyze)\n');
      this.skip();
    }
    const units = ['ptar-capture.service', 'ptar-capture.timer'].map((name) => join(SCHEDULES, 'systemd', name));
    const { stderr } = await run('systemd-analyze', ['verify', '--man=no', ...units]);
    assert.doesNotMatch(stderr, /ptar-capture/);
  });

  it('the CronJob calls ptar with options that there are, into a series', async () => {
    const documents = parseAllDocuments(await readFile(MANIFEST, 'utf8')).map((one) => one.toJS() as Manifest);
    const job = documents.find(({ kind }) => kind === 'CronJob');
    const [container] = job?.spec?.jobTemplate?.spec.template.spec.containers ?? [];
    assert.ok(ArchiveSeries.isPattern(await outputOf(container?.args ?? [])));
  });

  describe('in a cluster', function () {
    this.timeout(120_000);
    let folder: string;
    before(requirement('cluster'));
    before(async () => {
      folder = await mkdtemp(join(tmpdir(), 'ptar-schedules-'));
    });
    after(async () => {
      const { kubectl } = await openKubectl();
      await kubectl(['delete', '-f', MANIFEST, '--ignore-not-found', '--wait=false']);
      await rm(folder, { recursive: true, force: true });
    });

    it('its role captures everything, and the server takes the CronJob', async () => {
      const { kubectl, kubeconfig } = await openKubectl();
      const documents = (await readFile(MANIFEST, 'utf8')).split(/^---$/m);
      // What a server-side dry run needs to be there.
      await kubectl(['apply', '-f', '-'], documents.filter((text) => !/^kind: (CronJob|Persist)/m.test(text)).join('---'));
      const stdout = await kubectl(['apply', '--dry-run=server', '-o', 'name', '-f', MANIFEST]);
      assert.match(stdout, /^cronjob\.batch\/ptar-capture$/m);
      assert.match(stdout, /^persistentvolumeclaim\/ptar-archives$/m);
      await writeFile(join(folder, 'passphrase'), 'p');
      const account = 'system:serviceaccount:ptar:ptar-capture';
      const groups = ['system:serviceaccounts', 'system:authenticated'].flatMap((name) => ['--as-group', name]);
      const made = await runPtar(
        ['create', '-o', 'a.ptar', '--kdf=pbkdf2', '--passphrase-file=passphrase', '--as', account, ...groups, 'k8s://'],
        { cwd: folder, env: { KUBECONFIG: kubeconfig } },
      );
      assert.equal(made.exitCode, 0, made.stderr);
    });
  });
});

async function openKubectl(): Promise<{
  readonly kubeconfig: string;
  readonly kubectl: (args: readonly string[], stdin?: string) => Promise<string>;
}> {
  const cluster = await sharedCluster();
  return { kubeconfig: cluster.kubeconfig, kubectl: (args, stdin) => cluster.kubectl(args, stdin) };
}

interface Manifest {
  readonly kind: string;
  readonly spec?: {
    readonly jobTemplate?: {
      readonly spec: { readonly template: { readonly spec: { readonly containers: { readonly args: string[] }[] } } };
    };
  };
}
