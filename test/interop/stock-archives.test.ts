/** Stock Plakar's archives through our reader: exactly what the reference implementation read from them. */
import assert from 'node:assert/strict';
import { toHex } from '../../src/format/bytes.ts';
import { formatTimestamp, type SnapshotHeader } from '../../src/format/index.ts';
import { expectedLines, fixtures } from '../format/fixtures.ts';
import { checkOurs, walkOurs, withOurReader } from './our-archive.ts';
import { isHeaderLine, type EntryLine, type WalkLine } from './reference.ts';

const ARCHIVE_LIMIT_MS = 120_000;

describe('archives of stock Plakar', function () {
  this.timeout(ARCHIVE_LIMIT_MS);
  for (const fixture of fixtures) {
    it(`${fixture.name}: every entry and header`, async () => {
      const expected = (await expectedLines(fixture)) as WalkLine[];
      const entries = (await walkOurs(fixture.archive, fixture.passphrase)) as EntryLine[];
      assert.deepEqual(
        entries.map(({ path, mode, size, sha256 }) => ({
          mode,
          path,
          size,
          ...(sha256 !== undefined && { sha256 }),
        })),
        expected.filter((line) => !isHeaderLine(line)),
      );
      await withOurReader(fixture.archive, fixture.passphrase, async (archive) => {
        const headers = new Map((await archive.snapshots()).map(({ id, header }) => [id, header]));
        for (const { snapshot, header } of expected.filter(isHeaderLine)) {
          assert.deepEqual(headerFacts(headers.get(snapshot)!), pick(header, FACTS));
        }
        assert.equal(headers.size, expected.filter(isHeaderLine).length);
      });
    });

    it(`${fixture.name}: nothing wrong`, async () => {
      assert.deepEqual(await checkOurs(fixture.archive, fixture.passphrase), []);
    });
  }
});

const FACTS = [
  'version',
  'identifier',
  'timestamp',
  'duration',
  'name',
  'category',
  'job',
  'replicas',
  'tags',
  'context',
];

function headerFacts(header: SnapshotHeader): Record<string, unknown> {
  return pick(
    {
      ...header,
      identifier: toHex(header.identifier),
      timestamp: formatTimestamp(header.timestamp),
      duration: Number(header.durationNs),
    },
    FACTS,
  );
}

function pick(from: Readonly<Record<string, unknown>>, names: readonly string[]): Record<string, unknown> {
  return Object.fromEntries(names.map((name) => [name, from[name]]));
}
