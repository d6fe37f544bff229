/** Ids that went to scratch: everything is found, written and deduplicated as if they were in memory. */
import assert from 'node:assert/strict';
import { BlobIndex } from '../../src/format/blob-index.ts';
import { toHex } from '../../src/format/bytes.ts';
import {
  checkArchive,
  createArchive,
  openArchive,
  plainFileInfo,
  timestampFromMs,
} from '../../src/format/index.ts';
import type { Primitives, Scratch } from '../../src/format/ports.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

/** More ids than an index keeps in memory. */
const COUNT = 300_000;

/** Scratch that counts how often it is read. */
class MemoryScratch implements Scratch {
  bytes = new Uint8Array(0);
  reads = 0;

  write(at: number, bytes: Uint8Array): void {
    const longer = new Uint8Array(Math.max(this.bytes.length, at + bytes.length));
    longer.set(this.bytes);
    longer.set(bytes, at);
    this.bytes = longer;
  }

  read(at: number, target: Uint8Array): void {
    this.reads++;
    const bytes = this.bytes.subarray(at, at + target.length);
    assert.equal(bytes.length, target.length);
    target.set(bytes);
  }
}

class ScratchSink extends MemorySink {
  readonly written = new MemoryScratch();

  scratch(): Scratch {
    return this.written;
  }
}

/** Id number `index`, all bytes of which differ from one to the next; the same array every time. */
function idOf(index: number, id: Uint8Array): Uint8Array {
  const words = new Uint32Array(id.buffer);
  for (let word = 0; word < words.length; word++) {
    words[word] = Math.imul(Math.imul(index + 1, 0x9e37_79b1) ^ word ^ (index >>> 7), 0x85eb_ca6b);
  }
  return id;
}

describe('scratch', () => {
  it('finds and gives every id of an index that keeps few in memory', () => {
    const scratch = new MemoryScratch();
    let opened = 0;
    const index = new BlobIndex(0, 3, () => {
      opened++;
      return scratch;
    });
    const id = new Uint8Array(32);
    for (let at = 0; at < COUNT; at++) {
      assert.equal(index.add(at % 3, idOf(at, id), at, at & 0xff), at);
      // One of the last, and one of all.
      if (at % 1000 === 0) assert.equal(index.add((at >>> 1) % 3, idOf(at >>> 1, id), 0, 0), -1);
    }
    assert.equal(opened, 1);
    assert.ok(scratch.bytes.length > (COUNT / 2) * 32, `${scratch.bytes.length} bytes`);
    assert.ok(scratch.reads < COUNT / 20, `${scratch.reads} reads`);
    const copy = new Uint8Array(40);
    for (let step = 0; step < COUNT; step++) {
      const at = (step * 77_773) % COUNT;
      idOf(at, id);
      assert.equal(index.find(at % 3, id), at);
      assert.equal(index.isAt(at, at % 3, id), true);
      if (step % 50 !== 0) continue;
      assert.equal(toHex(index.id(at)), toHex(id));
      index.copyId(at, copy, 8);
      assert.equal(toHex(copy.subarray(8)), toHex(id));
      assert.equal(index.offset(at), at);
      assert.equal(index.find((at + 1) % 3, id), -1);
    }
  });

  it('gives ids that stay as they are when their page goes', () => {
    const index = new BlobIndex(0, 3, () => new MemoryScratch());
    const id = new Uint8Array(32);
    index.add(1, idOf(0, id), 0, 0);
    const first = index.id(0);
    for (let at = 1; at < COUNT; at++) index.add(1, idOf(at, id), 0, 0);
    assert.equal(toHex(first), toHex(idOf(0, id)));
  });

  it('does with memory where there is none', () => {
    const index = new BlobIndex(0, 3, () => undefined);
    const id = new Uint8Array(32);
    for (let at = 0; at < COUNT; at++) index.add(1, idOf(at, id), 0, 0);
    for (let at = 0; at < COUNT; at += 101) assert.equal(index.find(1, idOf(at, id)), at);
  });

  it('makes the same archive, byte for byte, of two snapshots of which the second repeats the first', async () => {
    const [plain, scratched] = [new MemorySink(), new ScratchSink()];
    for (const sink of [plain, scratched]) await writeTwice(sink, 60_000);
    assert.ok(scratched.written.bytes.length > 0);
    assert.ok(Buffer.from(plain.bytes).equals(scratched.bytes));
    const archive = await openArchive(new MemorySource(scratched.bytes), { primitives: nodePrimitives });
    for await (const finding of checkArchive(archive)) assert.fail(finding.message);
  });
});

/** Two snapshots of `count` tiny files, with random numbers that are the same every time. */
async function writeTwice(sink: MemorySink, count: number): Promise<void> {
  let drawn = 0;
  const randomBytes = (length: number): Uint8Array => new Uint8Array(length).fill(++drawn);
  const primitives: Primitives = { ...nodePrimitives, randomBytes };
  const writer = await createArchive(sink, { primitives, encryption: 'plaintext', now: () => 0 });
  const info = plainFileInfo('a', 0o644, timestampFromMs(0));
  for (const name of ['first', 'second']) {
    const snapshot = writer.beginSnapshot({ importer: { type: 'fs', origin: '', directory: '/' }, name });
    for (let file = 0; file < count; file++) {
      const path = `/${String(file % 100).padStart(2, '0')}/${file}`;
      await snapshot.add({
        path,
        info: { ...info, name: String(file), size: 6 },
        content: () => [Buffer.from(String(file).padStart(6))],
      });
    }
    await snapshot.finish();
  }
  const { deduplicated } = await writer.close();
  assert.ok(deduplicated > count * 100, `${deduplicated} bytes`);
}
