/**
 * Salvage: whatever it returns is what was there, and what is not damaged is returned. Damage is done to real archives, of the
 * reference and of our own.
 */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import fc from 'fast-check';
import { createArchive } from '../../src/format/archive-writer.ts';
import { blobOffset } from '../../src/format/check-blobs.ts';
import { checkArchive, plainFileInfo, timestampFromMs } from '../../src/format/index.ts';
import { decodeObject } from '../../src/format/object.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { salvageArchive } from '../../src/format/salvage.ts';
import { isComplete } from '../../src/format/salvage-report.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { archiveKeyOf } from '../fuzz/fixture-keys.ts';
import {
  assertTrue,
  contentsOf,
  damaged,
  directoriesOf,
  type Facts,
  factsOf,
  indexOffset,
  open,
  type Original,
  ownArchive,
  salvage,
  untouched,
} from './damaged-archive.ts';
import { withCode } from './expected-error.ts';
import { fixtures } from './fixtures.ts';
import { generatedBytes } from './generated-bytes.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

describe('salvage', () => {
  const originals: Original[] = [];
  before(async () => {
    for (const name of ['basic', 'basic-encrypted', 'basic-sha256', 'multi', 'multi-encrypted', 'wide']) {
      const fixture = fixtures.find((candidate) => candidate.name === name)!;
      originals.push({
        name,
        bytes: Uint8Array.from(await readFile(fixture.archive)),
        key: archiveKeyOf(name),
      });
    }
    originals.push(
      await ownArchive('LZ4'),
      await ownArchive('GZIP'),
      await ownArchive('none'),
      await ownArchive('LZ4', Buffer.from('secret')),
    );
  });

  const originalOf = (name: string): Original => originals.find((candidate) => candidate.name === name)!;

  it('of a sound archive gives all of it back, snapshots under their ids', async () => {
    for (const original of originals) {
      const { report, saved } = await salvage(original.bytes, original.key);
      assert.deepEqual(report.container, [], original.name);
      assert.ok(isComplete(report));
      assert.ok(report.snapshots.every(({ id, savedAs, outcome }) => outcome === 'whole' && id === savedAs));
      assert.deepEqual(await factsOf(saved), await factsOf(original));
      for await (const finding of checkArchive(await open(saved))) assert.fail(finding.message);
    }
  });

  it('needs neither trailer nor state: a file that was cut off in front of them', async () => {
    for (const original of originals) {
      const { state } = (await open(original)).parts.layout;
      const { report, saved } = await salvage(original.bytes.subarray(0, state.offset), original.key);
      assert.equal(report.missingCount, 0, original.name);
      const isScanned = report.foundBy.includes('scan');
      assert.equal(report.isListed, !isScanned);
      assert.equal(isComplete(report), !isScanned);
      // Sealed blobs and GZIP have checksums.
      const isVouchedFor = !isScanned || original.key !== undefined || original.name === 'own GZIP';
      const remark = report.container.find((line) => line.startsWith('nothing vouches'));
      assert.equal(remark === undefined, isVouchedFor, original.name);
      assert.deepEqual(await factsOf(saved), await factsOf(original), original.name);
      for await (const finding of checkArchive(await open(saved))) assert.fail(finding.message);
    }
  });

  it('keeps a signature also when it has to be looked for', async () => {
    for (const name of ['own LZ4', 'own GZIP', 'own none']) {
      const original = originalOf(name);
      const { state } = (await open(original)).parts.layout;
      const { saved } = await salvage(original.bytes.subarray(0, state.offset), undefined);
      const [first] = await (await open(saved)).snapshots();
      const signature = await first!.signature();
      assert.ok(typeof signature === 'object' && signature.valid, name);
      const publicKey = nodePrimitives.ed25519.publicKey(new Uint8Array(32).fill(9));
      assert.ok(Buffer.from(publicKey).equals(signature.publicKey));
    }
  });

  it('takes either of state and index', async () => {
    for (const name of ['own none', 'basic', 'multi-encrypted']) {
      const original = originalOf(name);
      const { packfile, state } = (await open(original)).parts.layout;
      const index = { start: state.offset - 1000, end: state.offset - 33 };
      const stateDamage = { start: state.offset + 20, end: state.offset + state.length - 40 };
      for (const [damage, foundBy] of [
        [index, 'state'],
        [stateDamage, 'index'],
        [{ start: original.bytes.length - 48, end: original.bytes.length - 1 }, 'state'],
        [{ start: packfile.offset, end: packfile.offset + 16 }, 'state'],
      ] as const) {
        const { report, saved } = await salvage(damaged(original, [damage]), original.key);
        assert.ok(report.foundBy.includes(foundBy), `${name}: ${report.foundBy.join()}`);
        assert.deepEqual(await factsOf(saved), await factsOf(original));
      }
    }
  });

  it('finds what is behind bytes that were lost or put in', async () => {
    for (const name of ['basic', 'basic-encrypted']) {
      const original = originalOf(name);
      const { bytes } = original;
      const middle = 30_000;
      const shorter = Buffer.concat([bytes.subarray(0, middle), bytes.subarray(middle + 100)]);
      const longer = Buffer.concat([bytes.subarray(0, middle), new Uint8Array(500), bytes.subarray(middle)]);
      for (const changed of [shorter, longer]) {
        const { report, saved } = await salvage(Uint8Array.from(changed), original.key);
        const [facts, expected] = [await factsOf(saved), await factsOf(original)];
        assertTrue(expected, facts, directoriesOf(facts));
        assert.ok(report.blobs.missing <= 2, `${report.blobs.missing} blobs`);
        assert.ok([...facts.values()][0]!.size >= [...expected.values()][0]!.size - 2);
      }
    }
  });

  it('returns only what was there, and everything that is not damaged', async () => {
    const places = fc.array(
      fc.tuple(fc.double({ min: 0, max: 1, noNaN: true }), fc.integer({ min: 1, max: 4000 })),
      {
        minLength: 1,
        maxLength: 4,
      },
    );
    const expected = new Map<string, Awaited<ReturnType<typeof factsOf>>>();
    await fc.assert(
      fc.asyncProperty(fc.nat(originals.length - 1), places, async (which, ranges) => {
        const original = originals[which]!;
        const archive = await open(original);
        const { configuration, state, packfile } = archive.parts.layout;
        const first = configuration.offset + configuration.length;
        const damages = ranges.map(([place, length]) => {
          const start = first + Math.floor(place * (original.bytes.length - first));
          return { start, end: start + length };
        });
        const facts = expected.get(original.name) ?? (await factsOf(original));
        expected.set(original.name, facts);
        let result;
        try {
          result = await salvage(damaged(original, damages), original.key);
        } catch (error) {
          withCode('INTEGRITY_MISSING')(error);
          result = undefined;
        }
        const saved =
          result === undefined ? new Map<string, Map<string, Facts>>() : await factsOf(result.saved);
        const known = directoriesOf(saved);
        // An entry may be saved without an attribute, which is said.
        for (const { path, lost } of result?.report.missing ?? []) {
          if (lost === 'attribute') known.add(path ?? '');
        }
        assertTrue(facts, saved, known);
        if (result !== undefined) {
          const all = await contentsOf(original, false);
          for (const content of await contentsOf(result.saved, true)) {
            assert.ok(all.has(content), 'a content that was never there');
          }
          for await (const finding of checkArchive(await open(result.saved))) assert.fail(finding.message);
        }
        // Without any index, sealed blobs before damage have no end.
        const isTouched = (from: number, to: number): boolean =>
          damages.some(({ start, end }) => start < to && end > from);
        const hasIndex =
          !isTouched(state.offset, original.bytes.length) || !isTouched(indexOffset(archive), state.offset);
        if (!hasIndex && original.key !== undefined) return;
        const all = new Map<string, Set<Facts>>();
        for (const found of saved.values()) {
          for (const [path, fact] of found) all.set(path, (all.get(path) ?? new Set()).add(fact));
        }
        for (const [id, paths] of await untouched(original, damages)) {
          for (const path of paths) {
            const fact = facts.get(id)!.get(path)!;
            assert.ok(
              all.get(path)?.has(fact) === true,
              `${original.name}: ${path} is not damaged, but was not saved`,
            );
          }
        }
        assert.ok(packfile.length > 0);
      }),
      { numRuns: 60 },
    );
  });

  it('lists what is missing, and records it in the new snapshot', async () => {
    const original = originalOf('basic');
    const archive = await open(original);
    const { blobs } = archive.parts.state;
    const [snapshot] = await archive.snapshots();
    const entry = await snapshot!.entry('/srv/sample-1/basic/bin/run.sh');
    const object = decodeObject(await archive.parts.blobs.read(ResourceType.object, entry.objectId!));
    const chunk = blobs.find(ResourceType.chunk, object.chunks![0]!.contentMac);
    const start = blobOffset(archive.parts, chunk);
    const { report, saved } = await salvage(damaged(original, [{ start, end: start + 1 }]), undefined);
    // The index of directories names packed copies of entries; losing it is no loss.
    const expected = await factsOf(original);
    const paths = report.missing.map(({ path }) => path!);
    assert.ok(paths.includes(entry.path));
    assert.ok(report.missing.every(({ snapshot: id, lost }) => id === snapshot!.id && lost === 'content'));
    assert.ok(report.missing.every(({ reason }) => reason.includes('1 of 1 chunks')));
    assert.equal(
      (await factsOf(saved)).get(snapshot!.id)!.size,
      expected.get(snapshot!.id)!.size - paths.length,
    );
    const [copy] = await (await open(saved)).snapshots();
    const recorded = [];
    for await (const error of copy!.errors()) recorded.push(error.path);
    assert.ok(recorded.includes(entry.path));
    assert.equal(copy!.header.context?.at(-1)?.value, snapshot!.id);
    assert.deepEqual(copy!.header.timestamp, snapshot!.header.timestamp);
  });

  it('saves the entries of a snapshot whose header is lost', async () => {
    const original = originalOf('own LZ4');
    const archive = await open(original);
    const index = archive.parts.state.blobs.find(ResourceType.snapshot, archive.snapshotIds()[1]!);
    const start = blobOffset(archive.parts, index);
    const { report, saved } = await salvage(damaged(original, [{ start, end: start + 60 }]), undefined);
    assert.equal(report.snapshots.filter(({ outcome }) => outcome === 'lost').length, 1);
    const found = report.snapshots.find(({ id }) => id === undefined)!;
    const facts = await factsOf(saved);
    const lostId = Buffer.from(archive.snapshotIds()[1]!).toString('hex');
    const expected = (await factsOf(original)).get(lostId)!;
    assert.deepEqual(facts.get(found.savedAs!), expected);
  });

  it('gives no snapshot what may be of another one', async () => {
    const original = originalOf('own LZ4');
    const archive = await open(original);
    const { blobs } = archive.parts.state;
    const all = await factsOf(original);
    const nodes: number[] = [];
    for (let index = 0; index < blobs.count; index++) {
      if (blobs.type(index) === ResourceType.vfsNode) nodes.push(index);
    }
    // The header of the first is lost, and a part of the tree of the second.
    const header = blobs.find(ResourceType.snapshot, archive.snapshotIds()[0]!);
    for (const node of nodes) {
      const damages = [header, node].map((index) => {
        const start = blobOffset(archive.parts, index);
        return { start, end: start + blobs.length(index) };
      });
      const { saved } = await salvage(damaged(original, damages), undefined);
      const facts = await factsOf(saved);
      assertTrue(all, facts, directoriesOf(facts));
    }
  });

  it('does not bring back what was deleted or is only content', async () => {
    for (const compression of ['LZ4', 'GZIP', 'none'] as const) {
      const inner = await ownArchive(compression);
      const sink = new MemorySink();
      const options = { primitives: nodePrimitives, encryption: 'plaintext', compression } as const;
      const writer = await createArchive(sink, options);
      const snapshot = writer.beginSnapshot({ importer: { type: 'fs', origin: 'test', directory: '/' } });
      // Noise between its blobs keeps the content from being compressed, so that the blobs inside stay visible.
      const content = Buffer.concat([inner.bytes, generatedBytes('noise', 3, 200_000)]);
      const info = plainFileInfo('inner.ptar', 0o600, timestampFromMs(0));
      await snapshot.add({ path: '/inner.ptar', info, content: () => [content] });
      await snapshot.finish();
      await writer.close();
      const outer = { name: 'outer', bytes: Uint8Array.from(sink.bytes), key: undefined };
      const { state } = (await open(outer)).parts.layout;
      const { report, saved } = await salvage(outer.bytes.subarray(0, state.offset), undefined);
      assert.equal(report.snapshots.length, 1, compression);
      assert.deepEqual(await factsOf(saved), await factsOf(outer));
    }
  });

  it('works no more on what looks like blobs than damage can make it', async () => {
    const beginnings = {
      LZ4: Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x40, 0x40, 0xc0, 7, 0, 0, 0),
      // Stored blocks of one byte, one after the other.
      GZIP: Uint8Array.of(0x1f, 0x8b, 0x08, 0, 0, 0, 0, 0, 0, 3, 0, 10, 0, 0xf5, 0xff),
      none: Uint8Array.of(0x81, 0xa7, ...Buffer.from('version'), 0xdd, 0, 0, 0x70, 0),
    };
    for (const compression of ['LZ4', 'GZIP', 'none'] as const) {
      const { bytes } = await ownArchive(compression);
      const head = bytes.subarray(0, 400);
      const count = Math.floor(1_000_000 / beginnings[compression].length);
      const hostile = Buffer.concat([head, ...Array.from({ length: count }, () => beginnings[compression])]);
      await assert.rejects(salvage(Uint8Array.from(hostile), undefined), withCode('FORMAT_LIMIT'));
    }
  });

  it('says so where nothing can be saved', async () => {
    const original = originalOf('basic');
    const { configuration, packfile } = (await open(original)).parts.layout;
    const noConfiguration = damaged(original, [{ start: configuration.offset + 16, end: packfile.offset }]);
    await assert.rejects(salvage(noConfiguration, undefined), withCode('INTEGRITY_MISSING'));
    await assert.rejects(
      salvage(original.bytes.subarray(0, packfile.offset + 50), undefined),
      withCode('INTEGRITY_MISSING'),
    );
    await assert.rejects(salvage(new Uint8Array(), undefined), withCode('INTEGRITY_MISSING'));
    await assert.rejects(
      salvage(generatedBytes('noise', 1, 100_000), undefined),
      withCode('INTEGRITY_MISSING'),
    );
    const encrypted = originalOf('own encrypted LZ4');
    await assert.rejects(salvage(encrypted.bytes, new Uint8Array(32)), withCode('KEY_WRONG'));
    await assert.rejects(salvage(encrypted.bytes, undefined), withCode('KEY_MISSING'));
  });

  it('stops when cancelled, and leaves nothing', async () => {
    const { bytes } = originalOf('basic');
    const controller = new AbortController();
    const sink = new MemorySink();
    const options = {
      primitives: nodePrimitives,
      signal: controller.signal,
      onProgress: () => controller.abort(),
    };
    await assert.rejects(salvageArchive(new MemorySource(bytes), sink, options), withCode('CANCELLED'));
    assert.equal(sink.outcome, 'aborted');
  });
});
