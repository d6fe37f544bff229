// The manifest against the fields that krew documents and checks: https://krew.sigs.k8s.io/docs/developer-guide/plugin-manifest/
import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { parse } from 'yaml';

const SCRIPT = fileURLToPath(new URL('../../scripts/krew-manifest.mjs', import.meta.url));
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
      assert.ok(files.some(({ to }) => to === bin.slice(0, bin.lastIndexOf('/'))));
      for (const { from, to } of files) assert.ok(!`/${from}/${to}/`.includes('/../'));
    }
  });

  it('is not made of anything but a version and a SHA-256', () => {
    for (const args of [[], ['1.2.3'], ['v1', SHA256], ['1.2.3', 'abc'], ['1.2.3', SHA256, 'x']]) {
      assert.equal(spawnSync(process.execPath, [SCRIPT, ...args]).status, 2);
    }
  });
});
