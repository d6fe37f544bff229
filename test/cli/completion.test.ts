// Completion as real shells and a real kubectl see it.
import assert from 'node:assert/strict';
import { execFile, spawnSync } from 'node:child_process';
import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { delimiter, dirname, extname, join } from 'node:path';
import { promisify } from 'node:util';
import type { Command } from 'commander';
import { valueSourceOf } from '../../src/cli/completion/value-sources.ts';
import { buildProgram } from '../../src/cli/program.ts';
import { Terminal } from '../../src/cli/terminal.ts';
import { binaryOf } from '../cluster/binary.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { CLI, ptarCommand, runPtar } from './ptar-process.ts';

const run = promisify(execFile);
const KUBECONFIG = `apiVersion: v1
kind: Config
contexts:
- {name: prod, context: {cluster: c, user: u}}
- {name: "arn:aws:eks:eu:1:cluster/a", context: {cluster: c, user: u}}
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
users: [{name: u, user: {token: t}}]
current-context: prod
`;
const MANIFESTS = `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: shop}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: other, namespace: depot}
`;

/** Scripts by the names under which they are installed. */
const PROGRAMS = [
  ['ptar', CLI],
  ['kubectl-ptar', join(dirname(CLI), 'cli', `kubectl-ptar${extname(CLI)}`)],
  ['kubectl_complete-ptar', join(dirname(CLI), 'cli', `kubectl-complete-ptar${extname(CLI)}`)],
] as const;

describe('completion', function () {
  this.timeout(120_000);
  let folder: string;
  let env: NodeJS.ProcessEnv;

  /** What a shell sees: values without descriptions, and the directive. */
  async function complete(...line: readonly string[]): Promise<{ values: string[]; directive: string }> {
    const { stdout, stderr, exitCode } = await runPtar(['__complete', ...line], { cwd: folder, env });
    assert.deepEqual([exitCode, stderr], [0, '']);
    const lines = stdout.trimEnd().split('\n');
    const directive = lines.pop() ?? '';
    return { values: lines.map((text) => text.split('\t')[0] ?? ''), directive };
  }

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-completion-'));
    const bin = join(folder, 'bin');
    await mkdir(bin);
    for (const [name, script] of PROGRAMS) {
      // As npm's scripts for Windows do: the program does not see the name.
      const words = ptarCommand([]).map((word) => `'${word === CLI ? script : word}'`);
      await writeFile(join(bin, name), `#!/bin/sh\nexec ${words.join(' ')} "$@"\n`);
      await chmod(join(bin, name), 0o755);
    }
    await writeFile(join(folder, 'kubeconfig'), KUBECONFIG);
    await writeFile(join(folder, 'all.yaml'), MANIFESTS);
    env = {
      PATH: [bin, process.env['PATH']].join(delimiter),
      HOME: folder,
      KUBECONFIG: join(folder, 'kubeconfig'),
    };
    const made = await runPtar(['create', '-o', 'a.ptar', '--plaintext', 'manifests:all.yaml'], {
      cwd: folder,
    });
    assert.equal(made.exitCode, 0, made.stderr);
    const sealed = await runPtar(['create', '-o', 'e.ptar', '--kdf', 'pbkdf2', 'manifests:all.yaml'], {
      cwd: folder,
      env: { PTAR_PASSPHRASE: 'p' },
    });
    assert.equal(sealed.exitCode, 0, sealed.stderr);
  });
  after(() => rm(folder, { recursive: true, force: true }));

  it('knows where the values of every option and argument come from', () => {
    const commands = (command: Command): Command[] => [command, ...command.commands.flatMap(commands)];
    for (const command of commands(buildProgram(new Terminal(process), () => Promise.resolve()))) {
      const valued = command.options.filter((option) => option.required || option.optional);
      for (const of of [...valued, ...command.registeredArguments]) {
        const known = of.argChoices !== undefined || valueSourceOf(of) !== undefined;
        assert.ok(known, `${command.name()}: ${'flags' in of ? of.flags : of.name()}`);
      }
    }
  });

  it('offers commands, options and choices', async () => {
    assert.deepEqual(await complete('ex'), { values: ['extract'], directive: ':4' });
    assert.deepEqual(await complete('key', 'g'), { values: ['generate'], directive: ':4' });
    assert.deepEqual((await complete('create', '--keep-')).values, [
      '--keep-daily',
      '--keep-weekly',
      '--keep-monthly',
    ]);
    assert.deepEqual((await complete('create', '--compression=g')).values, ['--compression=gzip']);
    assert.deepEqual((await complete('ls', 'a.ptar', '-o', 'w')).values, ['wide']);
    assert.deepEqual(await complete('ls', ''), { values: [], directive: ':0' });
  });

  it('offers contexts and sources', async () => {
    assert.deepEqual((await complete('create', '--context', 'p')).values, ['prod']);
    assert.deepEqual((await complete('create', 'k8s://a')).values, ['k8s://arn:aws:eks:eu:1:cluster/a']);
    assert.deepEqual(await complete('create', '-n', ''), { values: [], directive: ':4' });
  });

  it('offers what an archive holds', async () => {
    assert.deepEqual((await complete('ls', 'a.ptar', '-n', '')).values.sort(), ['depot', 'shop']);
    assert.deepEqual((await complete('cat', 'a.ptar', 'dep')).values, ['deployment', 'depot/']);
    assert.deepEqual((await complete('cat', 'a.ptar', 'cm/')).values.sort(), ['cm/other', 'cm/settings']);
    assert.deepEqual((await complete('cat', '-n', 'depot', 'a.ptar', 'cm/')).values, ['cm/other']);
    assert.deepEqual((await complete('cat', 'a.ptar', 'shop/')).values.sort(), [
      'shop/configmap/',
      'shop/deployment/',
    ]);
    assert.deepEqual((await complete('cat', 'a.ptar', 'shop/deploy/')).values, ['shop/deploy/web']);
    assert.deepEqual((await complete('cat', 'a.ptar', '/shop/')).values, ['/shop/_/', '/shop/apps/']);
    assert.equal((await complete('cat', 'a.ptar', '--snapshot', 'l')).values[0], 'latest');
  });

  it('opens an encrypted archive only with a passphrase that is there, and runs no command for it', async () => {
    assert.deepEqual((await complete('ls', 'e.ptar', '-n', '')).values, []);
    const command = ['--passphrase-command', `touch ${join(folder, 'ran')}; echo p`];
    assert.deepEqual((await complete('ls', ...command, 'e.ptar', '-n', '')).values, []);
    await writeFile(join(folder, 'passphrase'), 'p\n');
    const file = ['--passphrase-file', 'passphrase'];
    assert.deepEqual((await complete('ls', ...file, 'e.ptar', '-n', 's')).values, ['shop']);
    assert.equal(spawnSync('test', ['-e', join(folder, 'ran')]).status, 1);
  });

  it('says nothing about what cannot be read', async () => {
    assert.deepEqual(await complete('ls', 'all.yaml', '-n', ''), { values: [], directive: ':4' });
    assert.deepEqual(await complete('no-such-command', ''), { values: [], directive: ':4' });
  });

  for (const [line, cwords, expected] of [
    ['ptar ext', ['ptar', 'ext'], ['extract']],
    ['ptar cat a.ptar shop/deploy/', ['ptar', 'cat', 'a.ptar', 'shop/deploy/'], ['shop/deploy/web']],
    ['ptar create k8s://p', ['ptar', 'create', 'k8s', ':', '//p'], ['//prod']],
    ['ptar create --kdf=s', ['ptar', 'create', '--kdf', '=', 's'], ['scrypt']],
  ] as const) {
    it(`in bash: ${line}`, async () => {
      const quoted = cwords.map((word) => `'${word}'`).join(' ');
      const { stdout } = await run(
        'bash',
        [
          '--norc',
          '-c',
          `source <(ptar completion bash); COMP_WORDS=(${quoted}); COMP_CWORD=${cwords.length - 1}
COMP_LINE='${line}'; COMP_POINT=\${#COMP_LINE}; _ptar; printf '%s\\n' "\${COMPREPLY[@]}"`,
        ],
        { cwd: folder, env },
      );
      assert.deepEqual(stdout.trimEnd().split('\n'), expected);
    });
  }

  describe('in fish', () => {
    before(requirement('fish'));

    it('typed at', async () => {
      const script =
        "ptar completion fish | source; complete -C 'ptar cat a.ptar shop/deploy/'; complete -C 'ptar ext'";
      const { stdout } = await run('fish', ['--no-config', '-c', script], { cwd: folder, env });
      assert.deepEqual(
        stdout
          .trimEnd()
          .split('\n')
          .map((text) => text.split('\t')[0]),
        ['shop/deploy/web', 'extract'],
      );
    });
  });

  describe('in zsh', () => {
    before(requirement('zsh'));

    it('typed at', async () => {
      const script = `zmodload zsh/zpty
zpty shell zsh -f -i
zpty -w shell 'PS1=; autoload -Uz compinit; compinit -u -D; source <(ptar completion zsh); print re""ady'
zpty -r shell screen '*ready*'
zpty -w -n shell $'ptar cat a.ptar shop/deploy/\\t'
zpty -r shell screen '*shop/deploy/web*'
print -r -- "$screen"`;
      const { stdout } = await run('zsh', ['-f', '-c', script], {
        cwd: folder,
        env: { ...env, TERM: 'xterm' },
        timeout: 60_000,
      });
      assert.match(stdout, /shop\/deploy\/web/);
    });
  });

  it('in PowerShell', async function () {
    if (spawnSync('pwsh', ['-v']).error !== undefined) skip(this, 'there is no pwsh');
    const script = `ptar completion powershell | Out-String | Invoke-Expression
(TabExpansion2 -inputScript 'ptar ext' -cursorColumn 8).CompletionMatches.CompletionText`;
    const { stdout } = await run('pwsh', ['-NoProfile', '-Command', script], { cwd: folder, env });
    assert.equal(stdout.trim(), 'extract');
  });

  it('for PowerShell, as its script asks and takes the answer apart', async () => {
    const { stdout: script } = await run('ptar', ['completion', 'powershell'], { env });
    const asked = /& \$program (\S+) @typed 2>\$null/.exec(script)?.[1] ?? '';
    const directive = /\$_ -notmatch '([^']+)' -and \$_ -ne ''/.exec(script)?.[1] ?? '';
    const [, separator = '', count = ''] = /\$_ -split "([^"]+)", (\d+)/.exec(script) ?? [];
    assert.deepEqual([separator, count], ['`t', '2']);
    const { stdout } = await run('ptar', [asked, 'cat', 'a.ptar', ''], { cwd: folder, env });
    const offered = stdout
      .split(/\r?\n/)
      .filter((line) => !new RegExp(directive).test(line) && line !== '')
      .map((line) => line.split('\t')[0]);
    assert.deepEqual(offered.sort(), ['configmap', 'deployment', 'depot/', 'shop/']);
    assert.ok(!/[\u2018-\u201f]/.test(script), 'PowerShell takes typographic quotes for quotes');
  });

  it('names itself kubectl ptar as a plugin', async () => {
    const { stdout } = await run('kubectl-ptar', ['create', '--help'], { env });
    assert.match(stdout, /^Usage: kubectl ptar create /);
    assert.match(stdout, /^ {2}kubectl ptar create -o prod\.ptar k8s:\/\/$/m);
  });

  describe('with a cluster', () => {
    before(requirement('cluster'));

    it('through kubectl, as its own completion asks for it', async () => {
      const kubectl = await binaryOf('kubectl');
      const asked = ['kubectl', '__complete', 'ptar', 'cat', 'a.ptar', 'shop/deploy/'];
      const { stdout } = await run(kubectl, asked, { cwd: folder, env });
      assert.equal(stdout, 'shop/deploy/web\n:4\n');
    });

    it('offers namespaces of the cluster, as whom one acts', async () => {
      const { kubeconfig } = await sharedCluster();
      const access = ['create', '--kubeconfig', kubeconfig];
      assert.deepEqual((await complete(...access, '-n', 'kube-s')).values, ['kube-system']);
      assert.deepEqual((await complete(...access, '--as', 'nobody', '-n', 'kube-s')).values, []);
      assert.deepEqual((await complete(...access, 'k8s:///kube-s')).values, ['k8s:///kube-system']);
    });

    it('acts as somebody else when it captures', async () => {
      const { kubeconfig } = await sharedCluster();
      const capture = (...args: string[]): ReturnType<typeof runPtar> =>
        runPtar(['create', '--plaintext', '-o', 'as.ptar', '--kubeconfig', kubeconfig, ...args, 'k8s://'], {
          cwd: folder,
        });
      const nobody = await capture('--as', 'nobody', '-n', 'default');
      assert.notEqual(nobody.exitCode, 0);
      assert.match(nobody.stderr, /nobody|forbidden/i);
      const master = await capture(
        '--as',
        'nobody',
        '--as-group',
        'system:masters',
        '-n',
        'default',
        '--kind',
        'cm',
        '--overwrite',
      );
      assert.equal(master.exitCode, 0, master.stderr);
    });
  });
});

function skip(context: Mocha.Context, reason: string): never {
  process.stderr.write(`\n  skipped: ${context.test?.fullTitle() ?? ''} (${reason})\n`);
  return context.skip();
}
