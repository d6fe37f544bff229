import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { createRestoreFolder, findRestoreFolder } from '../../../src/operations/plan/state-folder.ts';

describe('folders of restores', () => {
  let stateFolder: string;

  beforeEach(async () => {
    stateFolder = await mkdtemp(path.join(tmpdir(), 'ptar-state-'));
  });
  afterEach(() => rm(stateFolder, { recursive: true }));

  it('last_restore_of_one_second: the last is the one that began last', async () => {
    const start = Date.parse('2026-01-01T00:00:00Z');
    for (let milliseconds = 0; milliseconds < 20; milliseconds++) {
      const folder = await createRestoreFolder(stateFolder, new Date(start + milliseconds));
      assert.equal((await findRestoreFolder(stateFolder, undefined)).restoreId, folder.restoreId);
      assert.equal((await findRestoreFolder(stateFolder, folder.restoreId)).path, folder.path);
    }
  });

  it('are found by their ids alone', async () => {
    await assert.rejects(findRestoreFolder(stateFolder, undefined), { code: 'NOT_FOUND_SOURCE' });
    await assert.rejects(findRestoreFolder(stateFolder, '../elsewhere'), { name: 'UsageError' });
  });
});
