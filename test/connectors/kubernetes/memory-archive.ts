/** A capture into an archive that lives in memory, and its snapshot opened again. */
import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import type { Importer, SourceContext } from '../../../src/connectors/connector.ts';
import {
  createArchive,
  openArchive,
  portablePrimitives,
  type SnapshotReader,
} from '../../../src/format/index.ts';
import { reference } from '../../interop/reference.ts';
import { isRequired } from '../../requirements.ts';
import { MemorySink, MemorySource } from '../../format/memory-store.ts';

/** What came of it. */
export interface MemoryCapture {
  readonly snapshot: SnapshotReader;
  /** Source context as a map. */
  readonly context: ReadonlyMap<string, string>;
  /** Recorded errors by path. */
  readonly errors: ReadonlyMap<string, string>;
  /** Paths of all regular files. */
  readonly paths: readonly string[];
}

/** Captures all that `importer` yields and closes it. `onRecord` runs before each record is added. */
export async function captureToMemory(
  importer: Importer,
  options: {
    readonly signal?: AbortSignal;
    readonly onRecord?: (count: number) => Promise<void> | void;
  } = {},
): Promise<MemoryCapture> {
  const sink = new MemorySink();
  const writer = await createArchive(sink, { primitives: portablePrimitives, encryption: 'plaintext' });
  const snapshotWriter = writer.beginSnapshot({
    importer: { type: importer.type, origin: importer.origin, directory: importer.root },
  });
  const errors = new Map<string, string>();
  const paths: string[] = [];
  let context: SourceContext;
  try {
    for await (const record of importer.records(options.signal ? { signal: options.signal } : {})) {
      await options.onRecord?.(paths.length);
      const error = await snapshotWriter.add(record);
      if (error === undefined) paths.push(record.path);
      else errors.set(record.path, error);
    }
    context = importer.context();
  } finally {
    await importer.close();
  }
  snapshotWriter.setSourceContext(context);
  const { id } = await snapshotWriter.finish();
  await writer.close();
  if (isRequired('reference')) await assertAccepted(sink.bytes);
  const archive = await openArchive(new MemorySource(sink.bytes), { primitives: portablePrimitives });
  return { snapshot: await archive.snapshot(id), context: new Map(context), errors, paths };
}

/** The archive passes the reference's full check. */
async function assertAccepted(bytes: Uint8Array): Promise<void> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ptar-capture-'));
  try {
    const file = path.join(folder, 'captured.ptar');
    await writeFile(file, bytes);
    const { snapshots } = await reference.check(file);
    assert.deepEqual(
      snapshots.map(({ ok }) => ok),
      [true],
    );
  } finally {
    await rm(folder, { recursive: true });
  }
}
