import assert from 'node:assert/strict';
import { readFile, writeFile } from 'node:fs/promises';
import type { ArchiveShelf } from '../../src/extension/archive-shelf.ts';
import type { ResultSet } from '../../src/extension/result.ts';
import { verifyResults } from '../../src/extension/verify-results.ts';
import { blobOffset } from '../../src/format/check-blobs.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { verifyArchive } from '../../src/operations/verify.ts';
import { shelfWith, TestArchives } from './test-archives.ts';

describe('findings of a verification', () => {
  let archives: TestArchives;
  let shelf: ArchiveShelf;
  let key: string;
  let location: string;

  before(async () => {
    archives = await TestArchives.create();
    location = await archives.capture('verified.ptar', [await archives.configMaps('some', 3)]);
    ({ shelf, key } = await shelfWith(location));
  });
  after(async () => {
    await shelf.remove(key);
    await archives.remove();
  });

  async function verified(): Promise<ResultSet> {
    const archive = await shelf.open(key, true);
    return verifyResults(key, location, await verifyArchive(archive.reader));
  }

  it('are none for a sound archive, and that is said', async () => {
    const { results, title, empty } = await verified();
    assert.deepEqual(results, []);
    assert.equal(title, 'verified.ptar: 0 findings');
    assert.match(empty, /^Sound: 1 snapshots, [1-9]\d* chunks read\.$/);
  });

  it('lead to what is damaged, and say what is lost', async () => {
    const { reader } = await shelf.open(key, false);
    const { blobs } = reader.parts.state;
    const index = Array.from({ length: blobs.count }, (_, at) => at).find(
      (at) => blobs.type(at) === ResourceType.chunk,
    );
    const middle = blobOffset(reader.parts, index!) + Math.floor(blobs.length(index!) / 2);
    const bytes = await readFile(location);
    await shelf.remove(key);
    bytes[middle] = bytes[middle]! ^ 1;
    await writeFile(location, bytes);
    ({ shelf, key } = await shelfWith(location));
    const { results, title } = await verified();
    assert.match(title, /^verified\.ptar: [1-9]\d* findings?$/);
    const lost = results.filter(({ icon }) => icon === 'error');
    assert.ok(lost.length > 0, JSON.stringify(results));
    const leading = results.map(({ target }) => target).filter((target) => target?.opens === 'object');
    assert.ok(
      leading.some(({ address }) => /^\/many\/_\/ConfigMap\/v1\/item-0000\d\.yaml$/.test(address.path)),
      JSON.stringify(results),
    );
  });
});
