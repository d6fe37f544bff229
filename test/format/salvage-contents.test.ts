/** Salvage of contents: those that have lost their entries, their index, or some of their chunks. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { createArchive } from '../../src/format/archive-writer.ts';
import { blobOffset } from '../../src/format/check-blobs.ts';
import { checkArchive, plainFileInfo, timestampFromMs } from '../../src/format/index.ts';
import { decodeObject } from '../../src/format/object.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { LOST_CONTENTS, PARTIAL_SUFFIX } from '../../src/format/salvage-snapshots.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { contentsOf, damaged, factsOf, open, type Original, ownArchive, salvage } from './damaged-archive.ts';
import { fixtures } from './fixtures.ts';
import { generatedBytes } from './generated-bytes.ts';
import { MemorySink } from './memory-store.ts';

describe('salvage of contents', () => {
  const originals: Original[] = [];
  before(async () => {
    for (const name of ['basic', 'wide']) {
      const { archive } = fixtures.find((fixture) => fixture.name === name)!;
      originals.push({ name, bytes: Uint8Array.from(await readFile(archive)), key: undefined });
    }
    for (const compression of ['LZ4', 'GZIP', 'none'] as const) originals.push(await ownArchive(compression));
  });

  it('saves contents whose entries are lost', async () => {
    for (const original of originals) {
      const { name } = original;
      const archive = await open(original);
      const { blobs } = archive.parts.state;
      const entries: { start: number; end: number }[] = [];
      for (let index = 0; index < blobs.count; index++) {
        if (blobs.type(index) !== ResourceType.vfsEntry) continue;
        const start = blobOffset(archive.parts, index);
        entries.push({ start, end: start + blobs.length(index) });
      }
      const cut = { start: archive.parts.layout.state.offset, end: original.bytes.length };
      for (const damages of [entries, [...entries, cut]]) {
        const { report, saved } = await salvage(damaged(original, damages), undefined);
        const found = report.snapshots.find((snapshot) => snapshot.name === LOST_CONTENTS);
        assert.equal(found?.outcome, 'partial', name);
        const [before, after] = [await contentsOf(original, false), await contentsOf(saved, true)];
        before.delete(createHash('sha256').digest('hex'));
        assert.deepEqual([...after].sort(), [...before].sort());
        for await (const finding of checkArchive(await open(saved))) assert.fail(finding.message);
      }
    }
  });

  it('believes no object that was found by its bytes and whose content is another', async () => {
    const original = originals.find(({ name }) => name === 'own none')!;
    const archive = await open(original);
    const { blobs } = archive.parts.state;
    const damages = [{ start: archive.parts.layout.state.offset, end: original.bytes.length }];
    const objects: number[] = [];
    for (let index = 0; index < blobs.count; index++) {
      const start = blobOffset(archive.parts, index);
      if (blobs.type(index) === ResourceType.vfsEntry) {
        damages.push({ start, end: start + blobs.length(index) });
      } else if (blobs.type(index) === ResourceType.object) objects.push(index);
    }
    const changed = objects[3]!;
    const plaintext = await archive.parts.blobs.readAt(changed);
    const { contentMac } = decodeObject(plaintext);
    const start = blobOffset(archive.parts, changed) + Buffer.from(plaintext).indexOf(contentMac);
    const { saved } = await salvage(damaged(original, [...damages, { start, end: start + 1 }]), undefined);
    assert.equal((await contentsOf(saved, true)).size, (await contentsOf(original, false)).size - 1);
    for await (const finding of checkArchive(await open(saved))) assert.fail(finding.message);
  });

  it('finds plain contents by what objects say of them, on both sides of damage', async () => {
    const sink = new MemorySink();
    const options = { primitives: nodePrimitives, encryption: 'plaintext', compression: 'none' } as const;
    const writer = await createArchive(sink, options);
    const snapshot = writer.beginSnapshot({ importer: { type: 'fs', origin: 'test', directory: '/' } });
    const sizes = { a: 3_000_000, b: 0, c: 7_000_000, d: 5000 };
    for (const [name, size] of Object.entries(sizes)) {
      const info = plainFileInfo(name, 0o600, timestampFromMs(0));
      await snapshot.add({ path: `/${name}`, info, content: () => [generatedBytes('noise', size, size)] });
    }
    await snapshot.finish();
    await writer.close();
    const original = { name: 'contents', bytes: Uint8Array.from(sink.bytes), key: undefined };
    const archive = await open(original);
    const end = archive.parts.layout.state.offset;
    const { blobs } = archive.parts.state;
    const c = await (await archive.snapshots())[0]!.entry('/c');
    const object = decodeObject(await archive.parts.blobs.read(ResourceType.object, c.objectId!));
    assert.ok(object.chunks!.length >= 5, `only ${object.chunks!.length} chunks`);
    const flips = [0, 3].map((at) => {
      const index = blobs.find(ResourceType.chunk, object.chunks![at]!.contentMac);
      const start = blobOffset(archive.parts, index) + 100;
      return { start, end: start + 1 };
    });
    const bytes = damaged(original, [...flips, { start: end, end: original.bytes.length }]);
    const { report, saved } = await salvage(bytes, undefined);
    assert.deepEqual(
      report.missing.map(({ path, lost }) => [path, lost]),
      [['/c', 'content']],
    );
    assert.match(report.missing[0]!.reason, new RegExp(`^2 of ${object.chunks!.length} chunks`));
    const lostFound = (await (await open(saved)).snapshots()).at(-1)!;
    assert.equal(lostFound.header.name, LOST_CONTENTS);
    const id = Buffer.from(c.objectId!).toString('hex');
    const rest = await lostFound.entry(`/${id}${PARTIAL_SUFFIX}`);
    const expected = generatedBytes('noise', sizes.c, sizes.c);
    let at = 0;
    const ranges: string[] = [];
    for (const [index, { length }] of object.chunks!.entries()) {
      if (index === 0 || index === 3) {
        expected.fill(0, at, at + length);
        ranges.push(`${at} to ${at + length - 1}`);
      }
      at += length;
    }
    assert.ok(Buffer.from(await lostFound.bytes(rest, sizes.c)).equals(expected));
    const recorded = [];
    for await (const { path, error } of lostFound.errors()) recorded.push([path, error]);
    assert.deepEqual(recorded, [[rest.path, `lost, and zeros here: bytes ${ranges.join(', ')}`]]);
    const [before, after] = [await factsOf(original), await factsOf(saved)];
    for (const path of ['/a', '/b', '/d']) {
      assert.equal([...after.values()][0]!.get(path), [...before.values()][0]!.get(path));
    }
  });
});
