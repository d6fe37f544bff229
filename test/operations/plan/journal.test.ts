import assert from 'node:assert/strict';
import { appendFile, mkdtemp, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { Journal, readJournal, type JournalRecord } from '../../../src/operations/plan/journal.ts';
import { OUTCOMES } from '../../../src/operations/plan/restore-events.ts';
import { withCode } from '../../format/expected-error.ts';

const AT = '2026-01-02T03:04:05.678Z';
const BEGIN: JournalRecord = { type: 'begin', version: 1, restoreId: 'r-1', at: AT };
const LIVE = { uid: 'u', digest: 'ab' };

const ids = fc.constantFrom('/a.yaml', '/b.yaml', '/__proto__.yaml', '/ünïcode\u{1f512}.yaml');
const outcomes = fc.constantFrom(...OUTCOMES);
const reasons = fc.string({ unit: 'binary' });
const actions = fc.constantFrom('create', 'update', 'recreate', 'delete');
const ends = fc.record({ id: ids, outcome: outcomes, reason: reasons });
const records: fc.Arbitrary<JournalRecord> = fc.oneof(
  fc.string().map((snapshotId) => ({ type: 'saved' as const, snapshotId })),
  fc.tuple(ids, actions).map(([id, action]) => ({ type: 'intent' as const, id, action })),
  ends.map((end) => ({ type: 'done' as const, ...end })),
  ends.map((end) => ({ type: 'done' as const, ...end, live: LIVE })),
  ends.map((end) => ({ type: 'undone' as const, ...end })),
  fc.constant({ type: 'end' as const, at: AT }),
  fc.constant({ type: 'undo end' as const, at: AT }),
);

/** What a journal of these records says, plainly. */
function stateOf(lines: readonly JournalRecord[]): object {
  const ofType = <T extends JournalRecord['type']>(type: T): Extract<JournalRecord, { type: T }>[] =>
    lines.filter((line): line is Extract<JournalRecord, { type: T }> => line.type === type);
  const [begin] = ofType('begin');
  return {
    restoreId: begin?.restoreId ?? '',
    startedAt: begin?.at ?? '',
    isSaved: ofType('saved').length > 0,
    isEnded: ofType('end').length > 0,
    isUndone: ofType('undo end').length > 0,
    intents: new Map(ofType('intent').map(({ id, action }) => [id, action])),
    done: new Map(ofType('done').map((line) => [line.id, line])),
    undone: new Map(ofType('undone').map((line) => [line.id, line])),
  };
}

describe('journal of a restore', () => {
  let folder: string;
  let file: string;
  beforeEach(async () => {
    folder = await mkdtemp(path.join(tmpdir(), 'ptar-journal-'));
    file = path.join(folder, 'journal.jsonl');
  });
  afterEach(() => rm(folder, { recursive: true, force: true }));

  async function write(lines: readonly JournalRecord[]): Promise<void> {
    const journal = await Journal.open(file);
    await Promise.all(lines.map((line) => journal.append(line)));
    await journal.close();
  }

  it('is the file of its owner alone', async () => {
    await write([BEGIN]);
    if (process.platform !== 'win32') assert.equal((await stat(file)).mode & 0o777, 0o600);
  });

  it('has a line on the disk when its append resolves', async () => {
    const journal = await Journal.open(file);
    for (const line of [BEGIN, { type: 'saved', snapshotId: 's' } as const]) {
      await journal.append(line);
      assert.ok((await readFile(file, 'utf8')).endsWith(`${JSON.stringify(line)}\n`));
    }
    await journal.close();
  });

  it('keeps the order of lines that come at the same time', async () => {
    const lines = Array.from({ length: 500 }, (_, index): JournalRecord => {
      return { type: 'intent', id: `/${index}.yaml`, action: 'create' };
    });
    await write(lines);
    assert.deepEqual(
      [...(await readJournal(file)).intents.keys()],
      lines.map((line) => ('id' in line ? line.id : '')),
    );
  });

  it('says after a cut at any byte what its whole lines say, and goes on behind them', async () => {
    const cuts = fc.record({
      lines: fc.array(records, { maxLength: 8 }),
      cut: fc.double({ min: 0, max: 1, noNaN: true }),
      more: records,
    });
    await fc.assert(
      fc.asyncProperty(cuts, async ({ lines, cut, more }) => {
        await rm(file, { force: true });
        await write([BEGIN, ...lines]);
        const { size } = await stat(file);
        await truncate(file, Math.floor(size * cut));
        const whole = (await readFile(file, 'utf8')).split('\n').length - 1;
        const left = [BEGIN, ...lines].slice(0, whole);
        assert.deepEqual(await readJournal(file), stateOf(left));
        await write([more]);
        assert.deepEqual(await readJournal(file), stateOf([...left, more]));
      }),
      { numRuns: 60 },
    );
  });

  it('that is damaged, or knows steps that this version does not, is refused', async () => {
    for (const line of ['{"type":"begin"', 'null', '7', '[]', '{}', '{"type":"transfer","id":"/a.yaml"}']) {
      await writeFile(file, `${JSON.stringify(BEGIN)}\n${line}\n`);
      await assert.rejects(readJournal(file), withCode('CONNECTOR_INPUT'), line);
    }
    await appendFile(file, 'x'.repeat(10));
    await assert.rejects(readJournal(file), withCode('CONNECTOR_INPUT'));
  });

  it('that is not there, or has no end, is refused', async () => {
    await assert.rejects(readJournal(path.join(folder, 'none')), withCode('CONNECTOR_IO'));
    await writeFile(file, '');
    await truncate(file, 2 ** 31);
    await assert.rejects(readJournal(file), withCode('CONNECTOR_INPUT'));
  });
});
