/**
 * What making, applying and undoing a plan take, and what they tell while they go on:
 *
 *     makePlan(request: PlanRequest): AsyncGenerator<PlanEvent>            make-plan.ts
 *     applyPlan(request: ApplyRequest): AsyncGenerator<ApplyEvent>         apply-plan.ts
 *     resumeRestore(request: ResumeRequest): AsyncGenerator<ApplyEvent>      resume.ts
 *     undoRestore(request: UndoRequest): AsyncGenerator<ApplyEvent>        undo.ts
 *
 * All of them can be left at any event; nothing is written after that.
 */
import type { ClusterClientOptions } from '../../connectors/cluster-client/index.ts';
import type { ArchiveReader, SnapshotReader } from '../../format/index.ts';
import type { JsonObject } from '../../resources/json-value.ts';
import type { PassphraseProvider } from '../open-archive.ts';
import type { Plan, PlanItem, PlanOptions } from './plan.ts';

/** Changes objects on their way into another cluster: namespaces, names, classes, hosts, images. */
export interface ObjectTransform {
  /** What the transformation was made from, as plain data; saved with the plan. */
  readonly mapping: unknown;
  /** The object as it is to be restored, and what a person should know about it, one line each. Does not change its argument. */
  apply(object: JsonObject): { readonly object: JsonObject; readonly notes: readonly string[] };
}

/** Which objects a plan is about. */
export interface PlanSelection {
  /** As `selection.ts` reads them; none means everything, or everything of `namespace`. */
  readonly selections: readonly string[];
  readonly namespace?: string;
  /** As of `kubectl -l`. */
  readonly labelSelector?: string;
  /** As of `kubectl --field-selector`, for any field: `spec.type=NodePort`. */
  readonly fieldSelector?: string;
  /** Adds what selected objects own, and what that owns. */
  readonly withDependents?: boolean;
  /** Adds what selected objects name: ConfigMaps, Secrets, ServiceAccounts, claims, classes. */
  readonly withReferences?: boolean;
}

/** What to plan. The caller closes the archive. */
export interface PlanRequest {
  readonly archive: ArchiveReader;
  readonly snapshot: SnapshotReader;
  readonly selection: PlanSelection;
  /** `k8s://[CONTEXT][/NAMESPACE]` */
  readonly target: string;
  readonly access: ClusterClientOptions;
  readonly options?: Partial<PlanOptions>;
  readonly transform?: ObjectTransform;
  readonly signal?: AbortSignal;
}

/** Tells how far a plan is. The last is `planned`. */
export type PlanEvent =
  | { readonly event: 'reading'; readonly done: number }
  /** Verdicts come in any order. */
  | { readonly event: 'verdict'; readonly item: PlanItem; readonly done: number; readonly total: number }
  | { readonly event: 'planned'; readonly plan: Plan };

/** What to apply. The caller closes the archive. */
export interface ApplyRequest {
  readonly archive: ArchiveReader;
  readonly plan: Plan;
  readonly access: ClusterClientOptions;
  /** Made again from the plan's mapping where it is not given. */
  readonly transform?: ObjectTransform;
  /** Folder of journals and undo archives; `$XDG_STATE_HOME/ptar/restores` where not given. */
  readonly stateFolder?: string;
  readonly signal?: AbortSignal;
}

/** What became of an item. */
export const OUTCOMES = [
  'created',
  'updated',
  'recreated',
  'deleted',
  'unchanged',
  'skipped',
  'failed',
] as const;
/** See {@link OUTCOMES}. */
export type Outcome = (typeof OUTCOMES)[number];

/** What became of one item of a plan. */
export interface ItemResult {
  readonly item: PlanItem;
  readonly outcome: Outcome;
  /** Why it was skipped or has failed; empty where there is nothing to say. */
  readonly reason: string;
  /** What went otherwise than planned and did not fail: a wait that reached its limit. One line each. */
  readonly notes: readonly string[];
  /** Milliseconds that its requests and waits took. */
  readonly elapsedMs: number;
}

/** Tells how far an application, a resumption or an undo is. The last is `finished`. */
export type ApplyEvent =
  /** Before the first write: what is about to change has been saved. */
  | {
      readonly event: 'started';
      readonly restoreId: string;
      readonly journal: string;
      readonly undoArchive: string;
      readonly plan: Plan;
      /** What there will be a result of, unless the run is interrupted: all items of the plan, or those that an undo takes back. */
      readonly items: readonly PlanItem[];
    }
  /** Something must be ready before the next rank. */
  | { readonly event: 'waiting'; readonly what: string }
  | { readonly event: 'result'; readonly result: ItemResult; readonly done: number; readonly total: number }
  | { readonly event: 'finished'; readonly summary: ApplySummary };

/** What came of an application. */
export interface ApplySummary {
  readonly restoreId: string;
  /** Every outcome is a key. */
  readonly counts: Readonly<Record<Outcome, number>>;
  readonly elapsedMs: number;
}

/** Which of the remembered restores is meant, and how to reach what it was about. */
interface RememberedRequest {
  /** Id of the restore; the last one where not given. */
  readonly restoreId?: string;
  readonly access: ClusterClientOptions;
  /** Opens the undo archive and, to resume, the source; both have the same. */
  readonly passphrase?: PassphraseProvider;
  readonly stateFolder?: string;
  readonly signal?: AbortSignal;
}

/** What to undo. */
export interface UndoRequest extends RememberedRequest {
  /** Undoes objects that were changed since, too. Default: false, they fail. */
  readonly force?: boolean;
}

/** What to resume. */
export interface ResumeRequest extends RememberedRequest {
  /** Made again from the plan's mapping where it is not given. */
  readonly transform?: ObjectTransform;
}
