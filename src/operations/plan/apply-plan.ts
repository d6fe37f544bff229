import { writeFile } from 'node:fs/promises';
import { mergeStreams } from '../../connectors/kubernetes/merged-streams.ts';
import { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import type { ClusterClientOptions } from '../../connectors/cluster-client/index.ts';
import { systemError } from '../../connectors/system-error.ts';
import { ConnectorError, throwIfCancelled, UsageError } from '../../errors.ts';
import type { ArchiveReader, SnapshotReader } from '../../format/index.ts';
import { mappingOfPlan, mappingTransform } from '../transfer/mapping-transform.ts';
import { Journal, type JournalState } from './journal.ts';
import { REQUESTS_WIDTH } from './make-plan.ts';
import type { Plan, PlanItem } from './plan.ts';
import { encodePlan } from './plan-file.ts';
import { PlanRun, type RunContext } from './plan-run.ts';
import {
  OUTCOMES,
  type ApplyEvent,
  type ApplyRequest,
  type ItemResult,
  type ObjectTransform,
  type Outcome,
} from './restore-events.ts';
import { createRestoreFolder, defaultStateFolder, type RestoreFolder } from './state-folder.ts';
import { saveLiveObjects } from './undo-archive.ts';
import { converterOf } from './version-converter.ts';

const RESULTS_WAITING_MAX = 64;
const FILE_MODE = 0o600;

/**
 * Carries out a plan. Before the first write, what is about to change is saved into an undo archive; every write stands in a journal. An
 * item that fails is a result, and the others go on.
 *
 * @throws UsageError where the plan is for another archive; ConnectorError CONNECTOR_CONFLICT where it is for another cluster, and what
 * keeps the target from being used at all; NotFoundError NOT_FOUND_SNAPSHOT; CancelledError, after which the restore can be resumed or undone
 */
export async function* applyPlan(request: ApplyRequest): AsyncGenerator<ApplyEvent> {
  const { archive, plan } = request;
  const abort = new AbortController();
  const signal = request.signal ? AbortSignal.any([request.signal, abort.signal]) : abort.signal;
  const { snapshot, transform } = await plannedSource(archive, plan, request.transform, signal);
  const target = await openPlannedTarget(plan, request, signal);
  try {
    const folder = await createRestoreFolder(request.stateFolder ?? defaultStateFolder());
    await writePlan(folder, plan);
    const journal = await Journal.open(folder.journal);
    try {
      const at = new Date().toISOString();
      await journal.append({ type: 'begin', version: 1, restoreId: folder.restoreId, at });
      const saved = await saveLiveObjects(archive, target, plan.items, folder.undoArchive, signal);
      await journal.append({ type: 'saved', snapshotId: saved.snapshotId });
      const { drifted } = saved;
      const common = { plan, target, snapshot, journal, drifted, signal, transform };
      const context = { ...common, mac: archive.parts.keys.mac };
      yield* runPlan(context, request.access, folder, () => abort.abort());
    } finally {
      await journal.close();
    }
  } finally {
    abort.abort();
    await target.close();
  }
}

/** What a plan was made from. */
export interface PlannedSource {
  readonly snapshot: SnapshotReader;
  readonly transform: ObjectTransform | undefined;
}

/**
 * The snapshot that a plan was made from, and the transformation of its objects: `given`, or made again from the plan's mapping.
 * @throws UsageError; NotFoundError; IntegrityError; FormatError; CancelledError
 */
export async function plannedSource(
  archive: ArchiveReader,
  plan: Plan,
  given: ObjectTransform | undefined,
  signal: AbortSignal | undefined,
): Promise<PlannedSource> {
  if (archive.repositoryId !== plan.source.repositoryId) {
    throw new UsageError(
      `the plan is for the archive ${plan.source.repositoryId}, ${archive.name} is ${archive.repositoryId}`,
    );
  }
  if (plan.mapping === undefined && given !== undefined) {
    throw new UsageError('the plan was made with another mapping; plan again');
  }
  const snapshot = await archive.snapshot(plan.source.snapshotId);
  if (plan.mapping === undefined || given !== undefined) return { snapshot, transform: given };
  const paths = plan.items.flatMap(({ path }) => path ?? []);
  return {
    snapshot,
    transform: await mappingTransform(snapshot, paths, mappingOfPlan(plan.mapping), signal),
  };
}

/** The cluster that a plan was made for. @throws ConnectorError CONNECTOR_CONFLICT where it is another one now */
export async function openPlannedTarget(
  plan: Plan,
  { access }: Pick<ApplyRequest, 'access'>,
  signal: AbortSignal,
): Promise<RestoreTarget> {
  // The context by its name: the current one may be another by now.
  const context = plan.target.context === '' ? {} : { context: plan.target.context };
  const target = await RestoreTarget.open(plan.target.uri, { ...context, ...access }, signal);
  const { clusterId, server } = target.facts;
  const isOther =
    clusterId !== '' && plan.target.clusterId !== ''
      ? clusterId !== plan.target.clusterId
      : server !== plan.target.server;
  if (!isOther) return target;
  await target.close();
  throw new ConnectorError(
    'CONNECTOR_CONFLICT',
    `the plan was made for another cluster (${plan.target.server}) than ${server}: plan again`,
  );
}

async function writePlan(folder: RestoreFolder, plan: Plan): Promise<void> {
  try {
    await writeFile(folder.plan, encodePlan(plan), { mode: FILE_MODE });
  } catch (error) {
    throw systemError(error, 'cannot write', folder.plan);
  }
}

/** Carries out what is left of a plan, rank by rank. */
export async function* runPlan(
  context: Omit<RunContext, 'converter'> & { readonly earlier?: JournalState },
  access: ClusterClientOptions,
  folder: RestoreFolder,
  stop: () => void,
): AsyncGenerator<ApplyEvent> {
  const { plan, signal } = context;
  const { restoreId, journal, undoArchive } = folder;
  yield { event: 'started', restoreId, journal, undoArchive, plan, items: plan.items };
  const converter = converterOf(plan.options, access, signal);
  try {
    yield* runRanks({ ...context, converter }, restoreId, stop);
  } finally {
    await converter?.close();
  }
}

async function* runRanks(
  context: RunContext,
  restoreId: string,
  stop: () => void,
): AsyncGenerator<ApplyEvent> {
  const startedMs = performance.now();
  const { plan, journal, signal } = context;
  const run = new PlanRun(context);
  const counts = Object.fromEntries(OUTCOMES.map((outcome) => [outcome, 0])) as Record<Outcome, number>;
  let done = 0;
  const problems: string[] = [];
  for (const rank of ranksOf(plan.items)) {
    throwIfCancelled(signal);
    const tasks = rank.map(
      (item) =>
        async function* (): AsyncGenerator<ItemResult> {
          yield await run.run(item);
        },
    );
    const options = { width: REQUESTS_WIDTH, waitingMax: RESULTS_WAITING_MAX, stop };
    for await (const result of mergeStreams(tasks, options)) {
      counts[result.outcome] += 1;
      done += 1;
      const notes = [...result.notes, ...problems.splice(0)];
      yield { event: 'result', result: { ...result, notes }, done, total: plan.items.length };
    }
    for await (const step of run.settle()) {
      if ('what' in step) yield { event: 'waiting', what: step.what };
      else problems.push(step.problem);
    }
  }
  await journal.append({ type: 'end', at: new Date().toISOString() });
  yield { event: 'finished', summary: { restoreId, counts, elapsedMs: performance.now() - startedMs } };
}

/** Items by rank, in the order of the plan. */
export function ranksOf(items: readonly PlanItem[]): PlanItem[][] {
  const ranks = new Map<number, PlanItem[]>();
  for (const item of items) {
    const members = ranks.get(item.rank);
    if (members === undefined) ranks.set(item.rank, [item]);
    else members.push(item);
  }
  return [...ranks].sort(([left], [right]) => left - right).map(([, members]) => members);
}
