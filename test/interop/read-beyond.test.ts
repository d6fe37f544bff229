/** Stock readers read a random number of bytes beyond each blob and fail where the file ends before. */
import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createFileSink } from '../../src/connectors/stores/file-store.ts';
import { writeChunkLast } from '../format/reordered-archive.ts';
import { requirement } from '../requirements.ts';
import { reference } from './reference.ts';

/** Without room behind the blob one read of four fails. */
const READS = 24;

describe('what stock readers read beyond a blob', () => {
  let directory = '';
  before(requirement('reference'));
  before(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'ptar-beyond-'));
  });
  after(() => rm(directory, { recursive: true, force: true }));

  it('is there also behind 8 MiB at the end', async () => {
    const archive = path.join(directory, 'last.ptar');
    await writeChunkLast(await createFileSink(archive));
    for (let read = 0; read < READS; read++) {
      const { snapshots } = await reference.check(archive);
      assert.deepEqual(
        snapshots.map(({ ok, error }) => ({ ok, error })),
        [{ ok: true, error: undefined }],
      );
    }
  });
});
