/** Holds `package.json` to the code, and to what the editor of the minimum version offers. */
import assert from 'node:assert/strict';
import { readdir, readFile } from 'node:fs/promises';
import path from 'node:path';
import { COMMAND_LOADERS } from '../../src/extension/vscode/command-loaders.ts';

const root = path.join(import.meta.dirname, '..', '..');
/** Called by views, not by people. */
const INTERNAL = ['loadMore', 'openResult'];

interface Manifest {
  readonly main: string;
  readonly engines: { readonly vscode: string };
  readonly devDependencies: Readonly<Record<string, string>>;
  readonly enabledApiProposals?: unknown;
  readonly activationEvents: readonly string[];
  readonly contributes: {
    readonly commands: readonly {
      readonly command: string;
      readonly title: string;
      readonly category: string;
    }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when: string }[]>>;
    readonly configuration: { readonly properties: Readonly<Record<string, unknown>> };
    readonly walkthroughs: readonly {
      readonly steps: readonly { readonly media: { readonly markdown: string } }[];
    }[];
  };
}

describe('manifest of the extension', () => {
  let manifest: Manifest;
  let texts: Readonly<Record<string, string>>;
  let manifestText: string;

  before(async () => {
    manifestText = await readFile(path.join(root, 'package.json'), 'utf8');
    manifest = JSON.parse(manifestText) as Manifest;
    texts = JSON.parse(await readFile(path.join(root, 'package.nls.json'), 'utf8')) as typeof texts;
  });

  it('contributes exactly the commands that there are', () => {
    const contributed = manifest.contributes.commands.map(({ command }) => command).sort();
    const implemented = Object.keys(COMMAND_LOADERS)
      .filter((name) => !INTERNAL.includes(name))
      .map((name) => `ptar.${name}`);
    assert.deepEqual(contributed, implemented.sort());
    for (const { category } of manifest.contributes.commands) assert.equal(category, 'ptar');
  });

  it('puts only commands into menus that are contributed', () => {
    const contributed = new Set(manifest.contributes.commands.map(({ command }) => command));
    for (const [menu, items] of Object.entries(manifest.contributes.menus)) {
      for (const { command } of items) assert.ok(contributed.has(command), `${menu}: ${command}`);
    }
  });

  it('has a text for every key, and no other', () => {
    const used = new Set([...manifestText.matchAll(/%([\w.]+)%/g)].map(([, name]) => name ?? ''));
    assert.deepEqual([...used].sort(), Object.keys(texts).sort());
  });

  it('uses no proposed API: none is enabled, and types are those of the minimum version', () => {
    assert.equal(manifest.enabledApiProposals, undefined);
    assert.equal(manifest.engines.vscode, `^${manifest.devDependencies['@types/vscode'] ?? ''}`);
  });

  it('is not activated before something of it is used', () => {
    assert.deepEqual(manifest.activationEvents, ['onFileSystem:ptar']);
  });

  it('documents every setting, and no other', async () => {
    const readme = await readFile(path.join(root, 'packaging', 'vscode', 'README.md'), 'utf8');
    const documented = [...readme.matchAll(/^\| `(ptar\.\w+)` \|/gm)].map(([, name]) => name);
    assert.deepEqual(documented.sort(), Object.keys(manifest.contributes.configuration.properties).sort());
  });

  it('names pages of the walkthrough that are there', async () => {
    const pages = manifest.contributes.walkthroughs.flatMap(({ steps }) =>
      steps.map(({ media }) => media.markdown),
    );
    const names = await readdir(path.join(root, 'media', 'walkthrough'));
    assert.deepEqual(pages.map((page) => path.basename(page)).sort(), names.sort());
  });
});
