import { readFile } from 'node:fs/promises';
import { systemError } from '../../connectors/system-error.ts';
import { UsageError } from '../../errors.ts';
import { openArchiveFile } from '../open-archive.ts';
import { openPlannedTarget, plannedSource, runPlan } from './apply-plan.ts';
import { Journal, readJournal } from './journal.ts';
import type { Plan } from './plan.ts';
import { decodePlan } from './plan-file.ts';
import type { ApplyEvent, ResumeRequest } from './restore-events.ts';
import { defaultStateFolder, findRestoreFolder, type RestoreFolder } from './state-folder.ts';
import { saveLiveObjects } from './undo-archive.ts';

/** The plan of a remembered restore. @throws ConnectorError; UsageError */
export async function readSavedPlan(folder: RestoreFolder): Promise<Plan> {
  let text: string;
  try {
    text = await readFile(folder.plan, 'utf8');
  } catch (error) {
    throw systemError(error, 'cannot read', folder.plan);
  }
  return decodePlan(text);
}

/**
 * Goes on with a restore that was cancelled or killed: what the journal says is done stays, what was begun is looked at, the rest follows.
 *
 * @throws UsageError where it had ended or was undone; as `applyPlan` and `openArchiveFile`
 */
export async function* resumeRestore(request: ResumeRequest): AsyncGenerator<ApplyEvent> {
  const folder = await findRestoreFolder(request.stateFolder ?? defaultStateFolder(), request.restoreId);
  const earlier = await readJournal(folder.journal);
  if (earlier.isUndone || earlier.undone.size > 0) {
    throw new UsageError(`restore ${folder.restoreId} was undone; apply its plan again: ${folder.plan}`);
  }
  if (earlier.isEnded) throw new UsageError(`restore ${folder.restoreId} has ended; nothing is left to do`);
  const plan = await readSavedPlan(folder);
  const abort = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, abort.signal]) : abort.signal;
  const archive = await openArchiveFile(plan.source.archive, {
    ...(request.passphrase && { passphrase: request.passphrase }),
    signal,
  });
  try {
    const { snapshot, transform } = await plannedSource(archive, plan, request.transform, signal);
    const target = await openPlannedTarget(plan, request, signal);
    const journal = await Journal.open(folder.journal);
    try {
      let drifted: ReadonlyMap<string, string> = new Map();
      if (!earlier.isSaved) {
        // Killed before the first write: what is about to change is still as it was.
        const saved = await saveLiveObjects(archive, target, plan.items, folder.undoArchive, signal);
        await journal.append({ type: 'saved', snapshotId: saved.snapshotId });
        drifted = saved.drifted;
      }
      const { mac } = archive.parts.keys;
      const context = { plan, target, snapshot, journal, mac, transform, drifted, earlier, signal };
      yield* runPlan(context, request.access, folder, () => abort.abort());
    } finally {
      await journal.close();
      await target.close();
    }
  } finally {
    abort.abort();
    await archive.close();
  }
}
