/** The archives of stock Plakar: read as the reference reads them, and encoded again byte by byte. */
import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { type ArchiveReader } from '../../src/format/archive-reader.ts';
import { toHex } from '../../src/format/bytes.ts';
import { checkArchive } from '../../src/format/check.ts';
import { formatFileMode, isRegular } from '../../src/format/file-mode.ts';
import { type ResourceType as ResourceTypeNumber, ResourceType } from '../../src/format/resource-type.ts';
import type { SnapshotEntry, SnapshotReader } from '../../src/format/snapshot-reader.ts';
import { formatTimestamp } from '../../src/format/timestamp.ts';
import { expectedLines, type Fixture, fixtures } from './fixtures.ts';
import { reencode } from './reencoding.ts';
import { archiveCopy, collected, opened } from './written-archive.ts';

interface HeaderLine {
  readonly snapshot: string;
  readonly header: {
    readonly timestamp: string;
    readonly duration: number;
    readonly name: string;
    readonly tags: readonly string[];
    readonly context: readonly object[];
    readonly sources: readonly { readonly importer: object; readonly context: readonly object[] }[];
  };
}

async function open(fixture: Fixture): Promise<ArchiveReader> {
  return opened(
    await readFile(fixture.archive),
    fixture.passphrase === undefined ? undefined : Buffer.from(fixture.passphrase),
  );
}

/** The line that the reference prints of an entry. */
async function lineOf(snapshot: SnapshotReader, entry: SnapshotEntry): Promise<object> {
  const { path, info } = entry;
  const line = { mode: formatFileMode(info.mode), path, size: info.size };
  if (!isRegular(info.mode)) return line;
  const hash = createHash('sha256');
  for await (const bytes of snapshot.content(entry)) hash.update(bytes);
  return { ...line, sha256: hash.digest('hex') };
}

function headerFacts({ header, id }: SnapshotReader): object {
  return {
    snapshot: id,
    timestamp: formatTimestamp(header.timestamp),
    duration: Number(header.durationNs),
    name: header.name,
    tags: header.tags,
    context: header.context,
    sources: (header.sources ?? []).map(({ importer, context }) => ({ importer, context })),
  };
}

function expectedFacts({ snapshot, header }: HeaderLine): object {
  const { timestamp, duration, name, tags, context, sources } = header;
  const kept = sources.map((source) => ({ importer: source.importer, context: source.context }));
  return { snapshot, timestamp, duration, name, tags, context, sources: kept };
}

describe('fixtures', () => {
  for (const fixture of fixtures) {
    describe(fixture.name, () => {
      let archive: ArchiveReader;
      before(async () => {
        archive = await open(fixture);
      });
      after(() => archive.close());

      it('reads as the reference reads it', async () => {
        const lines = await expectedLines(fixture);
        const isHeader = (line: unknown): line is HeaderLine => Object.hasOwn(line as object, 'header');
        const snapshots = [...(await archive.snapshots())].sort((a, b) => (a.id < b.id ? -1 : 1));
        assert.deepEqual(snapshots.map(headerFacts), lines.filter(isHeader).map(expectedFacts));
        const entries: object[] = [];
        for (const snapshot of snapshots) {
          for await (const entry of snapshot.walk('/')) entries.push(await lineOf(snapshot, entry));
        }
        assert.deepEqual(
          entries,
          lines.filter((line) => !isHeader(line)),
        );
      });

      it('passes a full check', async () => {
        assert.deepEqual(await collected(checkArchive(archive)), []);
      });

      it('has records that encode to the bytes that they were decoded from', async () => {
        const { blobs } = archive.parts.state;
        const seen = new Set<number>();
        for (let index = 0; index < blobs.count; index++) {
          const type = blobs.type(index) as ResourceTypeNumber;
          const plaintext = await archive.parts.blobs.readAt(index);
          const again = reencode(type, plaintext);
          if (again === undefined) continue;
          seen.add(type);
          assert.equal(toHex(again), toHex(plaintext));
          if (type === ResourceType.snapshot) continue;
          assert.equal(toHex(archive.parts.keys.mac.mac(again)), toHex(blobs.id(index)));
        }
        for (const type of [
          ResourceType.snapshot,
          ResourceType.vfsTree,
          ResourceType.vfsNode,
          ResourceType.object,
        ]) {
          assert.ok(seen.has(type), `no ${type}`);
        }
      });

      it('gives equal entries, objects, summaries and errors when our writer captures the same', async () => {
        for (const snapshot of await archive.snapshots()) {
          const copy = await archiveCopy(archive, snapshot);
          const { blobs } = copy.parts.state;
          const held = archive.parts.state.blobs;
          const counted = new Map<number, number>();
          for (let index = 0; index < blobs.count; index++) {
            const type = blobs.type(index);
            if (!COMPARED.includes(type)) continue;
            assert.ok(held.find(type, blobs.id(index)) >= 0, `another blob of type ${type}`);
            counted.set(type, (counted.get(type) ?? 0) + 1);
          }
          assert.ok((counted.get(ResourceType.vfsEntry) ?? 0) > 10);
          assert.ok((counted.get(ResourceType.vfsSummary) ?? 0) > 2);
        }
      });
    });
  }
});

const COMPARED: readonly number[] = [
  ResourceType.object,
  ResourceType.chunk,
  ResourceType.vfsEntry,
  ResourceType.vfsSummary,
  ResourceType.errorEntry,
  ResourceType.xattrEntry,
];
