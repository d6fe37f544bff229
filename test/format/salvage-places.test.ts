/** Salvage by an index that says where blobs are and not what their ids are. */
import assert from 'node:assert/strict';
import { checkArchive } from '../../src/format/check.ts';
import { blobOffset } from '../../src/format/check-blobs.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { sample } from '../vectors/generate/area.ts';
import { withoutIds } from '../vectors/generate/forge.ts';
import {
  assertTrue,
  type Damage,
  damaged,
  directoriesOf,
  factsOf,
  open,
  type Original,
  ownArchive,
  salvage,
  untouched,
} from './damaged-archive.ts';
import { collected } from './written-archive.ts';

async function stateOf(original: Original): Promise<Damage> {
  const { state } = (await open(original)).parts.layout;
  return { start: state.offset + 20, end: state.offset + state.length - 40 };
}

describe('salvage by places', () => {
  const originals: Original[] = [];
  before(async () => {
    const passphrase = Buffer.from('secret');
    for (const compression of ['LZ4', 'GZIP', 'none'] as const) {
      originals.push(await ownArchive(compression, passphrase));
    }
  });

  it('gives back everything when the state is lost', async () => {
    for (const original of originals) {
      const { report, saved } = await salvage(damaged(original, [await stateOf(original)]), original.key);
      assert.deepEqual(report.foundBy, ['index'], original.name);
      assert.ok(report.isListed);
      assert.equal(report.blobs.missing, 0);
      assert.equal(report.blobs.found, (await open(original)).parts.state.blobs.count);
      assert.ok(report.snapshots.every(({ outcome }) => outcome === 'whole'));
      assert.deepEqual(await factsOf(saved), await factsOf(original));
      assert.deepEqual(await collected(checkArchive(await open(saved))), []);
    }
  });

  it('counts what is nowhere, and gives back the rest', async () => {
    for (const original of originals) {
      const { parts } = await open(original);
      const { blobs } = parts.state;
      const lost = [ResourceType.vfsEntry, ResourceType.chunk].map((wanted): Damage => {
        const types = Array.from({ length: blobs.count }, (_, index) => blobs.type(index));
        const start = blobOffset(parts, types.lastIndexOf(wanted));
        return { start: start + 50, end: start + 51 };
      });
      const damages = [await stateOf(original), ...lost];
      const { report, saved } = await salvage(damaged(original, damages), original.key);
      assert.equal(report.blobs.missing, lost.length, original.name);
      const facts = await factsOf(saved);
      assertTrue(await factsOf(original), facts, directoriesOf(facts));
      for (const [id, paths] of await untouched(original, damages)) {
        for (const path of paths) assert.ok(facts.get(id)?.has(path) === true, `${original.name}: ${path}`);
      }
    }
  });

  it('reads no blob twice where the state is whole', async () => {
    for (const original of originals) {
      const { report } = await salvage(original.bytes, original.key);
      assert.deepEqual(report.foundBy, ['state', 'index']);
      assert.equal(report.blobs.found, (await open(original)).parts.state.blobs.count);
      assert.equal(report.blobs.missing, 0);
    }
  });

  it('believes no places where no seal vouches for what stands there', async () => {
    const { forge } = await sample();
    const original = { name: 'plain', bytes: forge.archive({ index: withoutIds }), key: undefined };
    assert.deepEqual(await collected(checkArchive(await open(original))), []);
    const { report, saved } = await salvage(damaged(original, [await stateOf(original)]), undefined);
    assert.deepEqual(await factsOf(saved), await factsOf(original));
    assert.equal(report.isListed, false);
    assert.ok(report.foundBy.includes('scan'));
  });
});
