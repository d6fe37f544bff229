import assert from 'node:assert/strict';
import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openExporter, openImporter } from '../../src/connectors/registry.ts';
import { UsageError } from '../../src/errors.ts';

describe('connector registry', () => {
  let folder: string;
  before(async () => {
    folder = await realpath(await mkdtemp(join(tmpdir(), 'ptar-registry-')));
    await writeFile(join(folder, 'with:colon'), 'x');
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('finds the importer by the scheme, and takes everything else for a path', async () => {
    for (const [uri, type, root] of [
      [folder, 'fs', folder],
      [`fs:${folder}`, 'fs', folder],
      [`fs://${folder}`, 'fs', folder],
      [join(folder, 'with:colon'), 'fs', join(folder, 'with:colon')],
      [`manifests:${folder}`, 'k8s', '/'],
    ] as const) {
      const importer = await openImporter(uri);
      assert.deepEqual([importer.type, importer.root], [type, root], uri);
      await importer.close();
    }
  });

  it('finds the exporter likewise', async () => {
    const exporter = await openExporter(`fs:${folder}`);
    assert.equal(exporter.target, folder);
    await exporter.close();
  });

  for (const uri of [
    'ftp://host/x',
    'http://host/x',
    'with:colon',
    '',
    'fs:',
    'manifests:',
    'constructor:x',
  ]) {
    it(`says what ${JSON.stringify(uri)} should be`, async () => {
      await assert.rejects(openImporter(uri), (error: unknown) => {
        assert(error instanceof UsageError);
        assert.match(error.message, /PATH/);
        return true;
      });
    });
  }

  it('does not restore to where it can only read', async () => {
    await assert.rejects(openExporter('manifests:x'), { code: 'USAGE', message: /k8s:\/\/.*PATH/ });
  });
});
