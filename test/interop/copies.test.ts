/** What comes of adding, copying and joining in any form is an archive that the reference accepts, with the same content. */
import assert from 'node:assert/strict';
import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import type { CreateOptions } from '../../src/format/index.ts';
import { addSnapshots } from '../../src/operations/add-snapshot.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { copyArchive, copyIntoArchive } from '../../src/operations/copy-archive.ts';
import { joinArchives } from '../../src/operations/join-archives.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';
import { createSigner } from '../../src/format/index.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import {
  noise,
  PASSPHRASE,
  passphrase,
  soundSnapshots,
  sourceFolder,
} from '../operations/written-archive.ts';
import { fixtures } from '../format/fixtures.ts';
import { requirement } from '../requirements.ts';
import { isHeaderLine, reference, type EntryLine } from './reference.ts';

type Form = Required<Pick<CreateOptions, 'hashing' | 'compression'>> & { readonly encrypted: boolean };

const forms: readonly Form[] = [true, false].flatMap((encrypted) =>
  (['LZ4', 'GZIP', 'none'] as const).flatMap((compression) =>
    (['BLAKE3', 'SHA256'] as const).map((hashing) => ({ encrypted, compression, hashing })),
  ),
);
const anyForm = fc.constantFrom(...forms);
/** Content by its length and seed, so that a counterexample can be read. */
interface Content {
  readonly length: number;
  readonly seed: number;
}
const anyContents = fc.dictionary(
  fc.stringMatching(/^[a-z][a-z0-9._-]{0,9}$/),
  fc.record<Content>({
    length: fc.oneof(fc.integer({ min: 0, max: 200 }), fc.integer({ min: 0, max: 3_000_000 })),
    seed: fc.integer({ min: 1, max: 9 }),
  }),
  { minKeys: 1, maxKeys: 6 },
);
const EXAMPLE: Readonly<Record<string, Content>> = {
  a: { length: 1, seed: 1 },
  b: { length: 2_000_000, seed: 2 },
};

function bytesOf(contents: Readonly<Record<string, Content>>): Record<string, Uint8Array> {
  return Object.fromEntries(
    Object.entries(contents).map(([name, { length, seed }]) => [name, noise(length, seed)]),
  );
}

describe('archives that were added to, copied and joined', function () {
  this.timeout(300_000);
  let folder: string;
  let run = 0;
  const signer = createSigner(nodePrimitives, nodePrimitives.randomBytes(32));
  const password = PASSPHRASE.toString();

  before(requirement('reference'));
  before(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-copies-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const encryptionOf =
    ({ encrypted }: Form) =>
    (): Promise<CreateOptions['encryption']> =>
      Promise.resolve(encrypted ? { passphrase: PASSPHRASE, kdf: 'SCRYPT' } : 'plaintext');

  /** Ids of the snapshots, after ours and the reference's full check; those in `signed` must be signed. */
  async function accepted(archive: string, signed: readonly string[]): Promise<string[]> {
    const ids = await soundSnapshots(archive);
    const { snapshots } = await reference.check(archive, { passphrase: password });
    assert.deepEqual(
      snapshots.map(({ snapshot, ok, signed }) => ({ snapshot, ok, signed })),
      [...ids].sort().map((snapshot) => ({ snapshot, ok: true, signed: signed.includes(snapshot) })),
    );
    return ids;
  }

  /** What the reference reads of each snapshot: its entries without the header. */
  async function contentOf(archive: string): Promise<Map<string, EntryLine[]>> {
    const content = new Map<string, EntryLine[]>();
    let entries: EntryLine[] = [];
    for (const line of await reference.walk(archive, { passphrase: password, details: true })) {
      if (isHeaderLine(line)) content.set(line.snapshot, (entries = []));
      else entries.push(line as EntryLine);
    }
    return content;
  }

  it('hold what went into them, whatever their form (plaintext, encrypted × LZ4, GZIP, none × BLAKE3, SHA256)', async () => {
    const seen = new Set<Form>();
    await fc.assert(
      fc.asyncProperty(anyForm, anyForm, anyContents, anyContents, async (from, to, first, second) => {
        seen.add(from).add(to);
        const at = path.join(folder, String(run++));
        const [a, b, joined, copy] = ['a', 'b', 'joined', 'copy'].map((name) => `${at}.${name}.ptar`) as [
          string,
          string,
          string,
          string,
        ];
        const source = await sourceFolder(folder, `${run}`, bytesOf(first));
        await captureSources({
          sources: [source],
          archivePath: a,
          encryption: encryptionOf(from),
          hashing: from.hashing,
          compression: from.compression,
        });
        await copyFile(a, b);
        await sourceFolder(folder, `${run}`, bytesOf(second));
        const [signed] = (await addSnapshots({ sources: [source], archivePath: a, passphrase, signer }))
          .sources;
        const [full] = (await addSnapshots({ sources: [source], archivePath: b, passphrase, full: true }))
          .sources;
        const [original, added] = await accepted(a, [signed!.snapshotId]);
        assert.equal(added, signed!.snapshotId);
        await accepted(b, []);
        // What was not read again is as if it had been.
        const isSource = (entry: EntryLine): boolean => entry.path.startsWith(source);
        const [reused, read] = [await contentOf(a), await contentOf(b)];
        assert.deepEqual(reused.get(added)?.filter(isSource), read.get(full!.snapshotId)?.filter(isSource));

        const [openA, openB] = [
          await openArchiveFile(a, { passphrase }),
          await openArchiveFile(b, { passphrase }),
        ];
        const { snapshots } = await joinArchives({ archives: [openA, openB], targetPath: joined });
        assert.equal(snapshots, 3);
        await accepted(joined, [added]);
        assert.deepEqual(
          await contentOf(joined),
          new Map([...(await contentOf(a)), ...(await contentOf(b))]),
        );
        await openB.close();

        const copied = await copyArchive({
          archive: openA,
          targetPath: copy,
          encryption: encryptionOf(to),
          hashing: to.hashing,
          compression: to.compression,
          signer,
        });
        await openA.close();
        const ids = new Map(copied.snapshots.map((item) => [item.from, item.to]));
        await accepted(copy, [...ids.values()]);
        const copies = await contentOf(copy);
        for (const [id, entries] of await contentOf(a)) assert.deepEqual(copies.get(ids.get(id)!), entries);
        assert.deepEqual([...ids.keys()].sort(), [original, added].sort());

        // Into an archive of another key, hashing and compression, beside what it holds.
        const openAgain = await openArchiveFile(a, { passphrase });
        const before = await accepted(copy, [...ids.values()]);
        const into = await copyIntoArchive({ archive: openAgain, targetPath: copy, passphrase });
        await openAgain.close();
        const all = await accepted(copy, [...ids.values()]);
        assert.deepEqual([...all].sort(), [...before, ...into.snapshots.map((item) => item.to)].sort());
        const appended = await contentOf(copy);
        for (const { from: id, to } of into.snapshots) {
          assert.deepEqual(appended.get(to), copies.get(ids.get(id)!));
        }
      }),
      {
        numRuns: 12,
        examples: forms.map<[Form, Form, Record<string, Content>, Record<string, Content>]>((form, index) => [
          form,
          forms[(index * 5 + 3) % 12]!,
          EXAMPLE,
          { ...EXAMPLE, c: { length: 700_000, seed: 1 + index } },
        ]),
      },
    );
    assert.equal(seen.size, forms.length);
  });

  it('are joined, copied and added to where the reference made them', async () => {
    const source = await sourceFolder(folder, 'stock', { large: noise(3_000_000, 5), small: 'text' });
    for (const [index, options] of [
      { passphrase: password, kdf: 'scrypt' as const, sign: true },
      { plaintext: true, hashing: 'sha256' as const, compression: 'gzip' as const },
      { plaintext: true, compression: 'none' as const },
    ].entries()) {
      const stock = path.join(folder, `stock-${index}.ptar`);
      const other = path.join(folder, `stock-${index}-other.ptar`);
      const { snapshots } = await reference.write(stock, [source], options);
      const signed = options.sign === true ? snapshots : [];
      await copyFile(stock, other);
      const [added] = (await addSnapshots({ sources: [source], archivePath: stock, passphrase })).sources;
      assert.deepEqual((await accepted(stock, signed)).sort(), [...snapshots, added!.snapshotId].sort());
      const archives = [
        await openArchiveFile(stock, { passphrase }),
        await openArchiveFile(other, { passphrase }),
      ];
      const joined = path.join(folder, `stock-${index}-joined.ptar`);
      await joinArchives({ archives, targetPath: joined });
      assert.equal((await accepted(joined, signed)).length, 2);
      const copy = path.join(folder, `stock-${index}-copy.ptar`);
      await copyArchive({
        archive: archives[0]!,
        targetPath: copy,
        encryption: () => Promise.resolve('plaintext'),
      });
      assert.equal((await accepted(copy, [])).length, 2);
      for (const archive of archives) await archive.close();
    }
  });

  for (const fixture of fixtures) {
    it(`hold everything that stock Plakar put into ${fixture.name}`, async () => {
      const secret = fixture.passphrase === undefined ? undefined : Buffer.from(fixture.passphrase);
      const open = (file: string): ReturnType<typeof openArchiveFile> =>
        openArchiveFile(file, { passphrase: () => Promise.resolve(secret) });
      const [copy, continued] = ['copy', 'continued'].map((name) =>
        path.join(folder, `${fixture.name}.${name}`),
      ) as [string, string];
      const archive = await open(fixture.archive);
      const encryption = (): Promise<CreateOptions['encryption']> => Promise.resolve('plaintext');
      const { snapshots } = await copyArchive({ archive, targetPath: copy, encryption, hashing: 'SHA256' });
      await joinArchives({ archives: [archive, archive], targetPath: continued });
      await archive.close();
      const details = { details: true, ...(fixture.passphrase && { passphrase: fixture.passphrase }) };
      const expected = await reference.walk(fixture.archive, details);
      assert.deepEqual(await reference.walk(continued, details), expected);
      const check = await reference.check(continued, details);
      assert.ok(check.snapshots.every(({ ok }) => ok));
      await accepted(copy, []);
      const copies = await contentOf(copy);
      const lines = expected.filter((line) => !isHeaderLine(line));
      const order = expected
        .filter(isHeaderLine)
        .map(({ snapshot }) => snapshots.find(({ from }) => from === snapshot)!.to);
      assert.deepEqual(
        order.flatMap((id) => copies.get(id) ?? []),
        lines,
      );
    });
  }
});
