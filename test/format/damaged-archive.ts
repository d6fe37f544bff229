/** Archives to damage, what is in them, and what is left of them. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import type { ArchiveReader } from '../../src/format/archive-reader.ts';
import { createArchive } from '../../src/format/archive-writer.ts';
import { blobOffset } from '../../src/format/check-blobs.ts';
import { isRegular } from '../../src/format/file-mode.ts';
import {
  createSigner,
  MODE_DIRECTORY,
  openArchive,
  plainFileInfo,
  timestampFromMs,
} from '../../src/format/index.ts';
import { decodeObject } from '../../src/format/object.ts';
import { comparePaths } from '../../src/format/path.ts';
import { ResourceType } from '../../src/format/resource-type.ts';
import { salvageArchive } from '../../src/format/salvage.ts';
import type { SalvageReport } from '../../src/format/salvage-report.ts';
import { LOST_CONTENTS, PARTIAL_SUFFIX, SALVAGED_FROM } from '../../src/format/salvage-snapshots.ts';
import { TreeReader } from '../../src/format/tree-reader.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { subkeyFinder } from '../../src/platform/node/subkey-scan.ts';
import { generatedBytes } from './generated-bytes.ts';
import { MemorySink, MemorySource } from './memory-store.ts';

/** An archive before it was damaged. */
export interface Original {
  readonly name: string;
  readonly bytes: Uint8Array;
  readonly key: Uint8Array | undefined;
}

/** A part of the file that is overwritten, or taken away where it reaches the end. */
export interface Damage {
  readonly start: number;
  readonly end: number;
}

/** What an entry is, in one string: kind, times, owner, link, attributes, content. */
export type Facts = string;

/** Opens it. */
export async function open({ bytes, key }: Original): Promise<ArchiveReader> {
  return openArchive(new MemorySource(bytes), { primitives: nodePrimitives, ...(key && { key }) });
}

/** Facts by path, by snapshot id. */
export async function factsOf(original: Original): Promise<Map<string, Map<string, Facts>>> {
  const archive = await open(original);
  const snapshots = new Map<string, Map<string, Facts>>();
  for (const snapshot of await archive.snapshots()) {
    // Its names are none that anything had: see `contentsOf`.
    if (snapshot.header.name === LOST_CONTENTS) continue;
    const facts = new Map<string, Facts>();
    for await (const entry of snapshot.walk('/')) {
      const digest = createHash('sha256');
      const replacer = (_: string, value: unknown): unknown =>
        typeof value === 'bigint' ? `${value}n` : value;
      digest.update(JSON.stringify([entry.info, entry.symlinkTarget ?? ''], replacer));
      for (const name of entry.extendedAttributes) {
        digest.update(name).update(await snapshot.extendedAttribute(entry, name));
      }
      if (isRegular(entry.info.mode)) for await (const part of snapshot.content(entry)) digest.update(part);
      facts.set(entry.path, digest.digest('hex'));
    }
    const from = snapshot.header.context?.find(({ key }) => key === SALVAGED_FROM)?.value;
    snapshots.set(from ?? snapshot.id, facts);
  }
  return snapshots;
}

/** SHA-256 of every content, or of those only that have lost nothing but their entries. */
export async function contentsOf(original: Original, isLost: boolean): Promise<Set<string>> {
  const contents = new Set<string>();
  for (const snapshot of await (await open(original)).snapshots()) {
    if (isLost && snapshot.header.name !== LOST_CONTENTS) continue;
    for await (const entry of snapshot.walk('/')) {
      if (!isRegular(entry.info.mode) || entry.path.endsWith(PARTIAL_SUFFIX)) continue;
      const digest = createHash('sha256');
      for await (const part of snapshot.content(entry)) digest.update(part);
      contents.add(digest.digest('hex'));
    }
  }
  return contents;
}

/** Its bytes after the damage; shorter where a damage reaches the end. */
export function damaged({ bytes }: Original, damages: readonly Damage[]): Uint8Array {
  const copy = Uint8Array.from(bytes);
  let length = copy.length;
  for (const { start, end } of damages) {
    if (end >= bytes.length) length = Math.min(length, start);
    for (let at = start; at < Math.min(end, copy.length); at++) copy[at]! ^= 0x35 + (at % 7);
  }
  return copy.subarray(0, length);
}

/** Salvages `bytes` in memory. */
export async function salvage(
  bytes: Uint8Array,
  key: Uint8Array | undefined,
): Promise<{ readonly report: SalvageReport; readonly saved: Original }> {
  const sink = new MemorySink();
  const report = await salvageArchive(new MemorySource(bytes), sink, {
    primitives: nodePrimitives,
    subkeyFinder,
    ...(key && { key }),
  });
  return { report, saved: { name: 'saved', bytes: Uint8Array.from(sink.bytes), key } };
}

/** Paths whose every blob is untouched by the damage, by snapshot. */
export async function untouched(
  original: Original,
  damages: readonly Damage[],
): Promise<Map<string, string[]>> {
  const archive = await open(original);
  const { blobs } = archive.parts.state;
  const isSafe = (type: ResourceType, id: Uint8Array): boolean => {
    const index = blobs.find(type, id);
    const start = blobOffset(archive.parts, index);
    const end = start + blobs.length(index);
    return damages.every((damage) => damage.end <= start || damage.start >= end);
  };
  const paths = new Map<string, string[]>();
  for (const snapshot of await archive.snapshots()) {
    const safe: string[] = [];
    for await (const entry of snapshot.walk('/')) {
      const entryId = await entryIdOf(archive, snapshot.source.trees.root, entry.path);
      const ids: [ResourceType, Uint8Array][] = [[ResourceType.vfsEntry, entryId]];
      if (entry.objectId !== undefined) {
        ids.push([ResourceType.object, entry.objectId]);
        const object = decodeObject(await archive.parts.blobs.read(ResourceType.object, entry.objectId));
        for (const { contentMac } of object.chunks ?? []) ids.push([ResourceType.chunk, contentMac]);
      }
      if (entry.extendedAttributes.length === 0 && ids.every(([type, id]) => isSafe(type, id))) {
        safe.push(entry.path);
      }
    }
    paths.set(snapshot.id, safe);
  }
  return paths;
}

async function entryIdOf(archive: ArchiveReader, root: Uint8Array, path: string): Promise<Uint8Array> {
  const types = { tree: ResourceType.vfsTree, node: ResourceType.vfsNode };
  const tree = await TreeReader.open(archive.parts.blobs, types, root, comparePaths);
  return (await tree.find(path))!;
}

/** Everything in `saved` is as it was; where the id is known, under its own snapshot. */
export function assertTrue(
  original: Map<string, Map<string, Facts>>,
  saved: Map<string, Map<string, Facts>>,
  implied: ReadonlySet<string>,
): void {
  const all = new Map<string, Set<Facts>>();
  for (const facts of original.values()) {
    for (const [path, fact] of facts) all.set(path, (all.get(path) ?? new Set()).add(fact));
  }
  for (const [id, facts] of saved) {
    for (const [path, fact] of facts) {
      if (implied.has(path)) continue;
      const expected = original.get(id);
      if (expected === undefined) assert.ok(all.get(path)?.has(fact) === true, `${path} was never like this`);
      else assert.equal(fact, expected.get(path), `${path} of ${id.slice(0, 8)}`);
    }
  }
}

/** Directories that the new archive makes because their own entries are lost. */
export function directoriesOf(snapshots: Map<string, Map<string, Facts>>): Set<string> {
  const directories = new Set<string>(['/']);
  for (const facts of snapshots.values()) {
    for (const path of facts.keys()) {
      for (let at = path.lastIndexOf('/'); at > 0; at = path.lastIndexOf('/', at - 1)) {
        directories.add(path.slice(0, at));
      }
    }
  }
  return directories;
}

/** Small files in two snapshots, some content in both, a tree of several nodes. */
export async function ownArchive(
  compression: 'LZ4' | 'GZIP' | 'none',
  passphrase?: Uint8Array,
): Promise<Original> {
  const sink = new MemorySink();
  const encryption = passphrase === undefined ? 'plaintext' : ({ passphrase, kdf: 'PBKDF2' } as const);
  const writer = await createArchive(sink, {
    primitives: nodePrimitives,
    encryption,
    compression,
  });
  const modTime = timestampFromMs(1_600_000_000_000);
  for (const round of [1, 2]) {
    const snapshot = writer.beginSnapshot({
      importer: { type: 'k8s', origin: 'test', directory: '/' },
      name: `round ${round}`,
      ...(round === 1 && { signer: createSigner(nodePrimitives, new Uint8Array(32).fill(9)) }),
    });
    for (let folder = 0; folder < 6; folder++) {
      await snapshot.add({
        path: `/f${folder}`,
        info: plainFileInfo(`f${folder}`, MODE_DIRECTORY | 0o711, modTime),
      });
      for (let file = 0; file < 30; file++) {
        const isChanged = round === 2 && file % 3 === 0;
        const bytes = generatedBytes('text', folder * 100 + file + (isChanged ? 5000 : 1), 50 + file * 40);
        const name = `file-${file}`;
        await snapshot.add({
          path: `/f${folder}/${name}`,
          info: plainFileInfo(name, 0o640, modTime),
          content: () => [bytes],
        });
      }
    }
    await snapshot.finish();
  }
  await writer.close();
  const bytes = Uint8Array.from(sink.bytes);
  if (passphrase === undefined) return { name: `own ${compression}`, bytes, key: undefined };
  const { key } = await openArchive(new MemorySource(bytes), {
    primitives: nodePrimitives,
    passphrase: () => Promise.resolve(passphrase),
  });
  return { name: `own encrypted ${compression}`, bytes, key };
}

/** Where the packfile's index begins. */
export function indexOffset({ parts }: ArchiveReader): number {
  const { blobs } = parts.state;
  let end = 0;
  for (let index = 0; index < blobs.count; index++) {
    end = Math.max(end, blobOffset(parts, index) + blobs.length(index));
  }
  return end;
}
