/** Properties over random trees: what we write, the reference finds sound and reads as our own reader does. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  type EntryRecord,
  MODE_DIRECTORY,
  MODE_NAMED_PIPE,
  MODE_SETUID,
  MODE_SYMLINK,
  plainFileInfo,
  type SourceRecord,
} from '../../src/format/index.ts';
import { requirement } from '../requirements.ts';
import { walkOurs, writeOurs } from './our-archive.ts';
import { isHeaderLine, reference } from './reference.ts';

const RUNS = 25;
const RUNS_LIMIT_MS = 300_000;

// Names that begin alike, so that folders and files meet in the order of the tree.
const name = fc.oneof(
  fc.constantFrom('a', 'a.b', 'a-b', 'a0', 'b', '_', 'A'),
  fc
    .string({ unit: 'grapheme', minLength: 1, maxLength: 12 })
    .filter((text) => !/^\.{1,2}$|[/\0]/.test(text)),
);
const entryPath = fc.array(name, { minLength: 1, maxLength: 5 }).map((names) => `/${names.join('/')}`);
const modTime = fc.record({
  seconds: fc.bigInt({ min: 0n, max: 2n ** 34n }),
  nanoseconds: fc.integer({ min: 0, max: 999_999_999 }),
});
const permissions = fc.integer({ min: 0, max: 0o777 });
const attribute = fc.record({
  name: fc.string({ unit: 'grapheme-ascii', minLength: 1, maxLength: 8 }).map((text) => `user.${text}`),
  value: fc.uint8Array({ maxLength: 100 }),
});

const entry: fc.Arbitrary<EntryRecord> = fc
  .record({
    path: entryPath,
    kind: fc.constantFrom('file', 'file', 'file', 'setuid', 'folder', 'link', 'pipe'),
    permissions,
    modTime,
    content: fc.uint8Array({ maxLength: 300 }),
    attributes: fc.uniqueArray(attribute, { maxLength: 3, selector: (item) => item.name }),
  })
  .map(({ path: at, kind, permissions: bits, modTime: time, content, attributes }) => {
    const type = {
      file: 0,
      setuid: MODE_SETUID,
      folder: MODE_DIRECTORY,
      link: MODE_SYMLINK,
      pipe: MODE_NAMED_PIPE,
    }[kind];
    const regular = kind === 'file' || kind === 'setuid';
    return {
      path: at,
      info: plainFileInfo(path.posix.basename(at), (type | bits) >>> 0, time, regular ? content.length : 0),
      extendedAttributes: attributes,
      ...(regular && { content: () => [content] }),
      ...(kind === 'link' && { symlinkTarget: `../${String(content.length)}` }),
    };
  });
const failure = fc.record({ path: entryPath, error: fc.string({ unit: 'grapheme', maxLength: 40 }) });

/** No entry below one that is no folder: a file system could not hold it either. */
function withoutContradictions(records: readonly SourceRecord[]): SourceRecord[] {
  const folders = new Set<string>();
  const others = new Set<string>();
  const ancestors = (at: string): string[] => {
    const parents: string[] = [];
    for (let up = path.posix.dirname(at); up !== '/'; up = path.posix.dirname(up)) parents.push(up);
    return parents;
  };
  return records.filter((record) => {
    if ('error' in record) return true;
    const isFolder = (record.info.mode & MODE_DIRECTORY) !== 0;
    const parents = ancestors(record.path);
    if (parents.some((parent) => others.has(parent)) || (!isFolder && folders.has(record.path))) return false;
    for (const folder of isFolder ? [...parents, record.path] : parents) folders.add(folder);
    if (!isFolder) others.add(record.path);
    return true;
  });
}

describe('random trees', function () {
  this.timeout(RUNS_LIMIT_MS);
  let directory = '';
  before(requirement('reference'));
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'ptar-random-trees-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('are read alike and found sound by the reference', async () => {
    let run = 0;
    const records = fc.array(fc.oneof({ weight: 9, arbitrary: entry }, failure), { maxLength: 120 });
    await fc.assert(
      fc.asyncProperty(records.map(withoutContradictions), async (tree) => {
        const archive = path.join(directory, `${String(++run)}.ptar`);
        await writeOurs(
          archive,
          [{ importer: { type: 'fs', origin: 'test', directory: '/' }, records: tree }],
          {
            encryption: 'plaintext',
            records: run % 2 === 0 ? 'whole' : 'short',
          },
        );
        assert.deepEqual(
          (await reference.check(archive)).snapshots.filter(({ ok }) => !ok),
          [],
        );
        const lines = await reference.walk(archive, { details: true });
        assert.deepEqual(
          await walkOurs(archive),
          lines.filter((line) => !isHeaderLine(line)),
        );
        // Of short records the others are whole.
        const isWhole = ({ type }: { readonly type: string }): boolean =>
          run % 2 === 0 || (type !== 'vfs-entry' && type !== 'object');
        assert.ok((await reference.reencode(archive)).filter(isWhole).every(({ equal }) => equal));
      }),
      { numRuns: RUNS },
    );
  });
});
