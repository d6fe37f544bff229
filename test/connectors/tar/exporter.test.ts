import assert from 'node:assert/strict';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ExportResult } from '../../../src/connectors/connector.ts';
import { openTarExporter } from '../../../src/connectors/tar/exporter.ts';
import { openTarImporter } from '../../../src/connectors/tar/importer.ts';
import type { TarTargetOptions } from '../../../src/connectors/tar/tar-target.ts';
import { CancelledError, IntegrityError } from '../../../src/errors.ts';
import type { SnapshotReader } from '../../../src/format/index.ts';
import { captureToMemory } from '../kubernetes/memory-archive.ts';
import { MemberWriter } from '../../../src/connectors/tar/member-writer.ts';
import { plainFileInfo, timestampFromMs } from '../../../src/format/index.ts';

const SIZES = { small: 1000, large: 16_800_000 };

/** A tar with two files, as `MemberWriter` makes it. */
async function twoFiles(): Promise<Buffer> {
  const parts: Buffer[] = [];
  const writer = new MemberWriter((bytes) => {
    parts.push(Buffer.from(bytes));
    return Promise.resolve();
  });
  for (const [name, size] of Object.entries(SIZES)) {
    const info = plainFileInfo(name, 0o644, timestampFromMs(-1500), size);
    await writer.add({ name, info, extendedAttributes: [] }, oneOf(Buffer.alloc(size, name)));
  }
  await writer.end();
  return Buffer.concat(parts);
}

async function* oneOf<Item>(item: Item): AsyncGenerator<Item> {
  yield await Promise.resolve(item);
}

describe('tar exporter', () => {
  let folder: string;
  let snapshot: SnapshotReader;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-exporter-'));
    ({ snapshot } = await captureToMemory(await openTarImporter('-', { input: oneOf(await twoFiles()) })));
  });
  after(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  async function exported(
    path: string,
    options: TarTargetOptions & { signal?: AbortSignal; dryRun?: boolean } = {},
    reader = snapshot,
  ): Promise<ExportResult[]> {
    const { signal, dryRun = false, ...target } = options;
    const exporter = await openTarExporter(path, target);
    const results: ExportResult[] = [];
    const entries = snapshot.walkBatches('/');
    for await (const batch of exporter.export(reader, entries, { dryRun, ...(signal && { signal }) })) {
      results.push(...batch);
    }
    return results;
  }

  it('keeps times before 1970 with their fraction', async () => {
    assert.deepEqual((await snapshot.entry('/small')).info.modTime, {
      seconds: -2n,
      nanoseconds: 500_000_000,
    });
  });

  it('writes nothing in a dry run', async () => {
    const results = await exported(join(folder, 'dry.tar'), { dryRun: true });
    assert.deepEqual(
      results.map(({ path, outcome }) => [path, outcome]),
      [
        ['/large', 'created'],
        ['/small', 'created'],
      ],
    );
    assert.deepEqual(await readdir(folder), []);
  });

  it('leaves out small files that are damaged, and fills up large ones', async () => {
    const parts: Uint8Array[] = [];
    const damaged = Object.create(snapshot, {
      source: { value: snapshot.source },
      content: {
        value: async function* () {
          yield await Promise.resolve(Buffer.from('begin'));
          throw new IntegrityError('INTEGRITY_BLOB', 'a chunk was changed');
        },
      },
    }) as SnapshotReader;
    const writeOut = (bytes: Uint8Array): Promise<void> => {
      parts.push(bytes.slice());
      return Promise.resolve();
    };
    const results = await exported('-', { writeOut }, damaged);
    assert.deepEqual(
      results.map(({ path, outcome, reason }) => [path, outcome, reason]),
      [
        ['/large', 'failed', 'the rest of it is zeros: a chunk was changed'],
        ['/small', 'failed', 'a chunk was changed'],
      ],
    );
    const again = await captureToMemory(await openTarImporter('-', { input: oneOf(Buffer.concat(parts)) }));
    assert.deepEqual(again.paths, ['/large']);
    assert.equal((await again.snapshot.entry('/large')).info.size, SIZES.large);
  });

  it('ends with the error of its output', async () => {
    let written = 0;
    const writeOut = (bytes: Uint8Array): Promise<void> => {
      written += bytes.length;
      return written > 1_000_000 ? Promise.reject(new Error('gone')) : Promise.resolve();
    };
    await assert.rejects(exported('-', { writeOut }), { message: 'gone' });
    await assert.rejects(exported('-'), { code: 'USAGE' });
  });

  for (const name of ['x.tar', 'x.tgz']) {
    it(`leaves no ${name} behind when it is cancelled`, async () => {
      const controller = new AbortController();
      const source = snapshot.walkBatches('/');
      const exporter = await openTarExporter(join(folder, name));
      const results = exporter.export(snapshot, source, { dryRun: false, signal: controller.signal });
      await assert.rejects(async () => {
        for await (const [result] of results) if (result?.path === '/large') controller.abort();
      }, CancelledError);
      assert.deepEqual(await readdir(folder), []);
    });
  }
});
