// The manifest against the fields that krew documents and checks: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, renameSync, symlinkSync } from 'node:fs';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, delimiter, dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const SCRIPT = join(ROOT, 'scripts/krew-manifest.mjs');
const SHA256 = '0123456789abcdef'.repeat(4);

interface Platform {
  readonly selector: {
    readonly matchExpressions: readonly { key: string; operator: string; values: string[] }[];
  };
  readonly uri: string;
  readonly sha256: string;
  readonly bin: string;
  readonly files: readonly { readonly from: string; readonly to: string }[];
}

interface Plugin {
  readonly apiVersion: string;
  readonly kind: string;
  readonly metadata: { readonly name: string };
  readonly spec: Readonly<Record<string, string>> & { readonly platforms: readonly Platform[] };
}

/** What krew does with an archive: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/#files */
function installed(archive: string, folder: string, { files }: Pick<Platform, 'files'>): string {
  const [from, to] = [join(folder, 'extracted'), join(folder, 'store')];
  mkdirSync(from, { recursive: true });
  assert.equal(spawnSync('tar', ['-xzf', archive, '-C', from]).status, 0);
  for (const file of files) {
    const parent = join(from, dirname(file.from));
    const names = readdirSync(parent).filter((name) => matchesGlob(name, basename(file.from)));
    assert.ok(names.length > 0, `krew refuses ${file.from}, which matches nothing`);
    for (const name of names) {
      const target = join(to, file.to, name);
      mkdirSync(dirname(target), { recursive: true });
      renameSync(join(parent, name), target);
    }
  }
  return to;
}

/** As of Go's filepath.Match, as far as the manifest makes use of it. */
function matchesGlob(name: string, glob: string): boolean {
  return glob === '*' || name === glob;
}

describe('krew manifest', () => {
  const { stdout, status } = spawnSync(process.execPath, [SCRIPT, '1.2.3', SHA256], { encoding: 'utf8' });
  const plugin = parse(stdout) as Plugin;

  it('is a plugin of the version and hash that the release gives', () => {
    assert.equal(status, 0);
    assert.equal(plugin.apiVersion, 'krew.googlecontainertools.github.com/v1alpha2');
    assert.equal(plugin.kind, 'Plugin');
    assert.match(plugin.metadata.name, /^[\w-]+$/);
    assert.equal(plugin.spec['version'], 'v1.2.3');
    assert.ok(!stdout.includes('{{'));
  });

  it('describes itself as krew shows it, and has no field that krew does not know', () => {
    const known = ['version', 'homepage', 'shortDescription', 'description', 'caveats', 'platforms'];
    assert.deepEqual(
      Object.keys(plugin.spec).filter((key) => !known.includes(key)),
      [],
    );
    for (const key of known) assert.ok(plugin.spec[key] !== undefined, key);
    const { shortDescription = '' } = plugin.spec;
    assert.ok(shortDescription.length <= 80);
    assert.doesNotMatch(shortDescription, /[\n\r.]/);
  });

  it('names what to fetch and what to run on each platform', () => {
    assert.ok(plugin.spec.platforms.length > 0);
    for (const { selector, uri, sha256, bin, files, ...others } of plugin.spec.platforms) {
      assert.deepEqual(others, {});
      for (const { key, operator, values } of selector.matchExpressions) {
        assert.ok(['os', 'arch'].includes(key));
        assert.equal(operator, 'In');
        assert.ok(values.length > 0);
      }
      assert.match(uri, /^https:\/\/.*1\.2\.3.*\.(tar\.gz|zip)$/);
      assert.equal(sha256, SHA256);
      assert.ok(!`/${bin}/`.includes('/../'));
      assert.ok(files.length > 0);
      for (const { from, to } of files) assert.ok(!`/${from}/${to}/`.includes('/../'));
    }
  });

  it('is not made of anything but a version and a SHA-256', () => {
    for (const args of [[], ['1.2.3'], ['v1', SHA256], ['1.2.3', 'abc'], ['1.2.3', SHA256, 'x']]) {
      assert.equal(spawnSync(process.execPath, [SCRIPT, ...args]).status, 2);
    }
  });

  it('installs an archive that kubectl runs as its plugin', async function () {
    this.timeout(120_000);
    if (!existsSync(join(ROOT, 'dist/cli/kubectl-ptar.js'))) {
      process.stderr.write('\n  skipped: the archive for krew (nothing is built: npm run build)\n');
      this.skip();
    }
    const folder = await mkdtemp(join(tmpdir(), 'ptar-krew-'));
    try {
      const made = spawnSync(process.execPath, [join(ROOT, 'scripts/krew-archive.mjs'), folder], {
        encoding: 'utf8',
      });
      assert.equal(made.status, 0, made.stderr);
      const [archive = '', hash] = made.stdout.trim().split(' ');
      assert.equal(
        createHash('sha256')
          .update(await readFile(archive))
          .digest('hex'),
        hash,
      );
      const [platform] = plugin.spec.platforms;
      const store = installed(archive, folder, platform!);
      const bin = join(folder, 'bin');
      mkdirSync(bin);
      symlinkSync(join(store, platform!.bin), join(bin, 'kubectl-ptar'));
      const env = { PATH: [bin, process.env['PATH']].join(delimiter) };
      // It reads a kubeconfig, for which it needs what it depends on.
      const args = [
        'create',
        '--plaintext',
        '-o',
        join(folder, 'a.ptar'),
        '--kubeconfig',
        '/dev/null',
        'k8s://',
      ];
      const run = spawnSync('kubectl-ptar', args, { encoding: 'utf8', env });
      assert.match(run.stderr, /^error: \/dev\/null is not a kubeconfig: [^\n]*\n$/);
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });
});
