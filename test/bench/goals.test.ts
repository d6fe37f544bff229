/** The verdicts of the benchmark: on Plakar's own command, and on the reference only where that is not there. */
import assert from 'node:assert/strict';
import { type FolderResult, NOT_RUN, type Outcome, type ProgramResult } from '../../bench/folder-result.ts';
import { goalTable } from '../../bench/goals.ts';

const failed = { failure: 'exit 1' };

function took(seconds: number, megabytes = 100): Outcome {
  return { wallMs: seconds * 1000, cpuMs: seconds * 1000, memoryBytes: megabytes * 1e6, stdout: '' };
}

function program(name: string, outcome: Outcome): ProgramResult {
  const steps = { create: outcome, check: outcome, extract: outcome, browse: outcome };
  return { name, steps, size: 'failure' in outcome ? undefined : 1000 };
}

function folder(...programs: readonly ProgramResult[]): FolderResult {
  const limit = { wallMs: 1, cpuMs: 1, memoryBytes: 0, stdout: '' };
  return {
    corpus: 'manifests',
    what: '2 manifests',
    count: 2,
    size: 10,
    encrypted: true,
    runs: 1,
    limit,
    programs,
  };
}

/** The last cells of the row of a goal: beside plakar, beside the reference, the verdict. */
function cells(goal: string, rows: readonly string[]): string[] {
  const [row = ''] = rows.filter((line) => line.startsWith(`| ${goal} |`));
  return row.split(' | ').slice(3);
}

describe('goals of the benchmark', () => {
  const ours = program('ptar', took(1));

  it('are judged beside Plakar, whatever the reference says', () => {
    const slow = goalTable([folder(ours, program('plakar', took(20)), program('reference', took(5)))], []);
    assert.deepEqual(cells('create, manifests', slow), ['20.00', '5.00', 'PASS |']);
    const fast = goalTable([folder(ours, program('plakar', took(5)), program('reference', took(20)))], []);
    assert.deepEqual(cells('create, manifests', fast), ['5.00', '20.00', 'FAIL |']);
  });

  it('are judged beside the reference where Plakar is absent or failed, and say so', () => {
    const reference = program('reference', took(12));
    for (const others of [[reference], [program('plakar', failed), reference]]) {
      const rows = goalTable([folder(ours, ...others)], []);
      assert.deepEqual(cells('check', rows), ['', '12.00', 'PASS (reference) |']);
    }
  });

  it('are missed where ptar fails, or nothing is there to compare with', () => {
    const broken = goalTable([folder(program('ptar', failed), program('plakar', took(9)))], []);
    assert.deepEqual(cells('extract', broken), ['', '', 'FAIL |']);
    assert.deepEqual(cells('peak memory of create, MB', broken), ['', '', 'FAIL |']);
    assert.deepEqual(cells('extract', goalTable([folder(ours)], [])), ['', '', 'FAIL |']);
  });

  it('leave out steps that nobody asked for', () => {
    const rows = goalTable([folder({ ...ours, steps: { ...ours.steps, check: NOT_RUN } })], []);
    assert.ok(!rows.some((row) => row.startsWith('| check |')));
    assert.ok(rows.some((row) => row.startsWith('| extract |')));
  });

  it('leave out archives in plaintext', () => {
    assert.equal(goalTable([{ ...folder(ours), encrypted: false }], []).length, 2);
  });

  it('hold the memory of create against a bound, and against that of fewer files', () => {
    const point = (gib: number, megabytes: number): { gib: number; memoryBytes: number; wallMs: number } => ({
      gib,
      memoryBytes: megabytes * 1e6,
      wallMs: 1,
    });
    const flat = goalTable([], [point(1, 150), point(8, 164)]);
    assert.deepEqual(cells('that, of the one for 1 GiB', flat), ['1.09', '', 'PASS |']);
    const growing = goalTable([], [point(1, 150), point(8, 201)]);
    assert.deepEqual(cells('that, of the one for 1 GiB', growing), ['1.34', '', 'FAIL |']);
    assert.deepEqual(cells('peak memory of create, MB', growing), ['201, ptar alone', '', 'FAIL |']);
  });
});
