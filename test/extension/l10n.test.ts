/** Every text that a person reads can be translated. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { BUNDLE, bundleText, readMessages } from '../../scripts/l10n-bundle.ts';
import { NodeChildren } from '../../src/extension/node-children.ts';
import type { Node } from '../../src/extension/node.ts';
import { textOfNode } from '../../src/extension/node-text.ts';
import { overviewPage } from '../../src/extension/overview-page.ts';
import { overviewOf } from '../../src/extension/overview.ts';
import { translateWith } from '../../src/extension/translation.ts';
import { shelfWith, TestArchives } from './test-archives.ts';

describe('translations of the extension', () => {
  it('has every message in the bundle, and no other; npx tsx scripts/l10n-bundle.ts writes it', async () => {
    assert.equal(await readFile(BUNDLE, 'utf8'), bundleText(readMessages().translated));
  });

  it('shows nothing that goes through no translation', () => {
    assert.deepEqual(readMessages().missed, []);
  });

  it('would notice', async () => {
    const folder = await mkdtemp(path.join(tmpdir(), 'ptar-l10n-'));
    const source = `const shown = { label: isOpen ? 'Open it' : t('Close it'), icon: 'gear', title: \`\${name} of \${owner}\` };
      void vscode.window.showErrorMessage('Broken'); t(\`not \${literal}\`); t('Used', t('inside'));`;
    try {
      await writeFile(path.join(folder, 'source.ts'), source);
      const { translated, missed } = readMessages(folder);
      assert.deepEqual(translated, ['Close it', 'Used', 'inside']);
      assert.deepEqual(
        missed.map((line) => line.replace(/^source\.ts:\d: /, '')),
        ["'Open it'", '`${name} of ${owner}`', "'Broken'", 't(`not ${literal}`)'],
      );
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
  });

  it('reads in another language, with what comes from archives as it is', async () => {
    const archives = await TestArchives.create();
    const { shelf, key } = await shelfWith(await archives.shop('translated.ptar'));
    const former = translateWith((message, ...args) => `⟦${message}|${args.join('|')}⟧`);
    try {
      const children = new NodeChildren(shelf, () => 10);
      await shelf.open(key, false);
      const [root] = children.roots();
      const [snapshot] = await children.of(root!);
      const [layer] = await children.of(snapshot!);
      const namespaces = await children.of(layer!);
      const label = (node: Node): string => textOfNode(node, { nowMs: 0, isRevealed: () => false }).label;
      assert.equal(label(layer!), '⟦API objects|⟧');
      assert.deepEqual(namespaces.map(label), ['⟦Cluster-scoped|⟧', 'shop']);
      const page = overviewPage(await overviewOf(await shelf.open(key, false)), {
        nonce: 'n',
        language: 'eo',
        nowMs: 0,
        commandUri: (command) => command,
      });
      const untranslated = page
        .replace(/^.*<main>/s, '')
        .replace(/<[^>]*>/g, '\n')
        .replace(/⟦[^⟧]*⟧/g, '')
        .split('\n')
        .filter((line) => /[a-z]{3}/i.test(line));
      // Names, times, sizes, ids.
      const known =
        /^(?:\/.*|translated\.ptar|release|manifests|· LZ4 · BLAKE3|[A-Z]\w+|.* UTC|[\d.]+ KiB|[0-9a-f]{8})$/;
      assert.deepEqual(
        untranslated.filter((line) => !known.test(line.trim())),
        [],
      );
      assert.match(page, /<html lang="eo">/);
      assert.match(page, /⟦Objects of the newest snapshot\|⟧/);
    } finally {
      translateWith(former);
      await shelf.remove(key);
      await archives.remove();
    }
  });
});
