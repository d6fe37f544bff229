import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { ObjectSpill } from '../../src/operations/object-spill.ts';

describe('spill of objects', () => {
  it('gives back what was put aside, from memory and from its file, in any order', async () => {
    const spill = new ObjectSpill(100);
    const values = Array.from({ length: 50 }, (_, index) => new Uint8Array(index * 3).fill(index));
    const recalls = [];
    for (const value of values) recalls.push(await spill.put(value));
    assert.ok(spill.fileSize > 0);
    for (const [index, recall] of [...recalls.entries()].reverse()) {
      assert.deepEqual(new Uint8Array(await recall()), values[index]);
    }
    await spill.close();
  });

  it('writes no file for what fits into memory, and leaves none behind', async () => {
    const spills = async (): Promise<string[]> =>
      (await readdir(tmpdir())).filter((name) => name.startsWith('ptar-spill-'));
    const before = await spills();
    const spill = new ObjectSpill(4);
    await spill.put(Uint8Array.of(1, 2, 3));
    assert.equal(spill.fileSize, 0);
    await spill.put(Uint8Array.of(4, 5, 6));
    await spill.close();
    assert.deepEqual(await spills(), before);
  });
});
