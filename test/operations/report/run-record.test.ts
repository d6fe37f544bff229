import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { CancelledError } from '../../../src/errors.ts';
import { Journal } from '../../../src/operations/plan/journal.ts';
import {
  DEFAULT_PLAN_OPTIONS,
  PLAN_VERSION,
  type Plan,
  type PlanItem,
  type Verdict,
} from '../../../src/operations/plan/plan.ts';
import type { ApplyEvent } from '../../../src/operations/plan/restore-events.ts';
import type { RestoreReport } from '../../../src/operations/report/restore-report.ts';
import { RunRecord } from '../../../src/operations/report/run-record.ts';

function item(name: string, verdict: Verdict): PlanItem {
  const obstacle = verdict === 'rejected' ? ({ kind: 'rejected' } as const) : undefined;
  return {
    id: `/shop/_/ConfigMap/v1/${name}.yaml`,
    identity: { group: '', version: 'v1', kind: 'ConfigMap', namespace: 'shop', name },
    verdict,
    how: 'proven',
    reason: verdict === 'create' ? '' : `it is ${verdict}`,
    ...(obstacle && { obstacle }),
    changes: [],
    notes: [],
    rank: 0,
    dependsOn: [],
  };
}

const ITEMS = [
  item('told', 'create'),
  item('written', 'create'),
  item('begun', 'create'),
  item('later', 'create'),
  item('same', 'unchanged'),
  item('refused', 'rejected'),
  item('event', 'left-out'),
] as const;

const PLAN: Plan = {
  version: PLAN_VERSION,
  createdAt: '2026-01-02T03:04:05Z',
  source: { archive: 'prod.ptar', repositoryId: 'r', snapshotId: 'ab'.repeat(32) },
  target: { uri: 'k8s://', server: 'https://127.0.0.1', context: 'east', clusterId: 'u', version: 'v1.36.3' },
  options: DEFAULT_PLAN_OPTIONS,
  warnings: [],
  items: ITEMS,
};

const outcomes = (report: RestoreReport | undefined): Record<string, string> =>
  Object.fromEntries(
    (report?.items ?? []).map(({ name, outcome }) => [name.replace('configmap/', ''), outcome]),
  );

describe('records of runs', () => {
  let folder: string;
  let journal: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-record-'));
    journal = path.join(folder, 'journal.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  const started = (items: readonly PlanItem[]): ApplyEvent => ({
    event: 'started',
    restoreId: 'r-1',
    journal,
    undoArchive: 'u',
    plan: PLAN,
    items,
  });
  const told = (outcome: 'created' | 'deleted'): ApplyEvent => ({
    event: 'result',
    result: { item: ITEMS[0], outcome, reason: '', notes: ['slowly'], elapsedMs: 3 },
    done: 1,
    total: ITEMS.length,
  });

  it('of a restore that was interrupted know of each object what the journal knows', async () => {
    const lines = await Journal.open(journal);
    await lines.append({ type: 'begin', version: 1, restoreId: 'r-1', at: '2026-01-02T03:04:05Z' });
    for (const { id } of ITEMS.slice(0, 3)) await lines.append({ type: 'intent', id, action: 'create' });
    for (const { id } of ITEMS.slice(0, 2)) {
      await lines.append({ type: 'done', id, outcome: 'created', reason: '' });
    }
    await lines.close();
    const record = new RunRecord('restore', PLAN);
    record.add(started(ITEMS));
    record.add(told('created'));
    const report = await record.interrupted(new CancelledError());
    assert.deepEqual(outcomes(report), {
      told: 'created',
      written: 'created',
      begun: 'unknown',
      later: 'unreached',
      same: 'unchanged',
      refused: 'failed',
      event: 'skipped',
    });
    assert.equal(report?.restoreId, 'r-1');
    assert.equal(report.interruption, new CancelledError().message);
    assert.deepEqual(report.items[0]?.notes, ['slowly']);
    assert.equal(report.counts.unreached, 1);
  });

  it('of a restore that ended before its first write say that nothing was reached', async () => {
    const report = await new RunRecord('restore', PLAN).interrupted(new Error('secret text of a bug'));
    assert.equal(report?.counts.unreached, 4);
    assert.equal(report.restoreId, '');
    assert.ok(!JSON.stringify(report).includes('secret text'));
    assert.equal(await new RunRecord('undo').interrupted(new CancelledError()), undefined);
  });

  it('of an undo that was interrupted hold what it was to take back, and nothing else', async () => {
    const lines = await Journal.open(journal);
    await lines.append({ type: 'undone', id: ITEMS[1].id, outcome: 'deleted', reason: '' });
    await lines.close();
    const record = new RunRecord('undo');
    record.add(started(ITEMS.slice(0, 3)));
    record.add(told('deleted'));
    assert.deepEqual(outcomes(await record.interrupted(new CancelledError())), {
      told: 'deleted',
      written: 'deleted',
      begun: 'unreached',
    });
  });

  it('that came to their end hold the results, without an interruption', () => {
    const record = new RunRecord('undo');
    record.add(started(ITEMS.slice(0, 1)));
    record.add(told('deleted'));
    const report = record.finished();
    assert.equal(report?.action, 'undo');
    assert.equal(report.interruption, undefined);
    assert.deepEqual(outcomes(report), { told: 'deleted' });
  });
});
