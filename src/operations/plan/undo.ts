import { mergeStreams } from '../../connectors/kubernetes/merged-streams.ts';
import { throwIfCancelled, UsageError } from '../../errors.ts';
import { openArchiveFile } from '../open-archive.ts';
import { openPlannedTarget, ranksOf } from './apply-plan.ts';
import { Journal, readJournal, type JournalState } from './journal.ts';
import { REQUESTS_WIDTH } from './make-plan.ts';
import type { PlanItem } from './plan.ts';
import {
  OUTCOMES,
  type ApplyEvent,
  type ItemResult,
  type Outcome,
  type UndoRequest,
} from './restore-events.ts';
import { readSavedPlan } from './resume.ts';
import { defaultStateFolder, findRestoreFolder, restoreFolders } from './state-folder.ts';
import { UndoRun } from './undo-run.ts';

const RESULTS_WAITING_MAX = 64;

/**
 * Takes a restore back, whether it ended or was killed: deletes what it created, puts back what it changed, creates again what it deleted.
 * What comes back is as it was, but for uid, resourceVersion, generation, creation time and times in managedFields of objects that had to
 * be created again, and what controllers write. An undo that was killed can be started again.
 *
 * @throws NotFoundError where there is no such restore; UsageError where it was undone; ConnectorError; KeyError; CancelledError
 */
export async function* undoRestore(request: UndoRequest): AsyncGenerator<ApplyEvent> {
  const startedMs = performance.now();
  const folder = await findRestoreFolder(request.stateFolder ?? defaultStateFolder(), request.restoreId);
  const state = await readJournal(folder.journal);
  if (state.isUndone) throw new UsageError(`restore ${folder.restoreId} was undone already`);
  const plan = await readSavedPlan(folder);
  const abort = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, abort.signal]) : abort.signal;
  const target = await openPlannedTarget(plan, request, signal);
  const journal = await Journal.open(folder.journal);
  const { restoreId, undoArchive } = folder;
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  const begun = plan.items.filter(({ id }) => state.intents.has(id));
  let done = 0;
  try {
    yield { event: 'started', restoreId, journal: folder.journal, undoArchive, plan, items: begun };
    if (begun.length > 0) {
      const archive = await openArchiveFile(undoArchive, {
        ...(request.passphrase && { passphrase: request.passphrase }),
        signal,
      });
      try {
        const [snapshot] = await archive.snapshots();
        if (snapshot === undefined) throw new UsageError(`${undoArchive} holds nothing to undo with`);
        const { mac } = archive.parts.keys;
        const force = request.force ?? false;
        const hasStatus = plan.options.status;
        const run = new UndoRun({ target, snapshot, journal, state, mac, hasStatus, force, signal });
        for (const rank of undoOrder(begun, state)) {
          throwIfCancelled(signal);
          const tasks = rank.map(
            (item) =>
              async function* (): AsyncGenerator<ItemResult> {
                yield await run.undo(item);
              },
          );
          const options = {
            width: REQUESTS_WIDTH,
            waitingMax: RESULTS_WAITING_MAX,
            stop: () => abort.abort(),
          };
          for await (const result of mergeStreams(tasks, options)) {
            counts[result.outcome] += 1;
            done += 1;
            yield { event: 'result', result, done, total: begun.length };
          }
        }
      } finally {
        await archive.close();
      }
    }
    if (counts.failed === 0) await journal.append({ type: 'undo end', at: new Date().toISOString() });
    yield { event: 'finished', summary: { restoreId, counts, elapsedMs: performance.now() - startedMs } };
  } finally {
    abort.abort();
    await journal.close();
    await target.close();
  }
}

/** Created objects go in the opposite order of their creation; then what was there comes back in the order of a restore. */
function undoOrder(items: readonly PlanItem[], { intents }: JournalState): PlanItem[][] {
  const created = items.filter(({ id }) => intents.get(id) === 'create');
  const changed = items.filter(({ id }) => intents.get(id) !== 'create');
  // Deletions had the last ranks, the other way round.
  const deleted = changed.filter(({ id }) => intents.get(id) === 'delete');
  const others = changed.filter(({ id }) => intents.get(id) !== 'delete');
  return [...ranksOf(created).reverse(), ...ranksOf(others), ...ranksOf(deleted).reverse()];
}

/** A restore that is remembered. */
export interface RememberedRestore {
  readonly restoreId: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly state: 'done' | 'interrupted' | 'undone';
  /** Objects that it wrote. */
  readonly written: number;
  readonly server: string;
  readonly archive: string;
}

/** All restores that are remembered, the oldest first; those that cannot be read are passed over. @throws ConnectorError */
export async function rememberedRestores(
  stateFolder: string = defaultStateFolder(),
): Promise<RememberedRestore[]> {
  const remembered: RememberedRestore[] = [];
  for (const folder of await restoreFolders(stateFolder)) {
    try {
      const { startedAt, isEnded, isUndone, intents } = await readJournal(folder.journal);
      const { source, target } = await readSavedPlan(folder);
      const state = isUndone ? 'undone' : isEnded ? 'done' : 'interrupted';
      const { restoreId } = folder;
      const [server, archive] = [target.server, source.archive];
      remembered.push({ restoreId, startedAt, state, written: intents.size, server, archive });
    } catch {
      continue;
    }
  }
  return remembered;
}
