/** Verdicts from what the API server says. */
import { refusalOf, type Refusal } from '../../connectors/cluster-client/index.ts';
import { isPtarError } from '../../errors.ts';
import type { LiveReference, Obstacle, PlannedChange, Proof, Verdict } from './plan.ts';

/** What is to be done about an object, and how it is known. */
export interface Judgement {
  readonly verdict: Verdict;
  readonly how: Proof;
  readonly reason: string;
  readonly obstacle?: Obstacle;
  readonly changes?: readonly PlannedChange[];
  readonly notes?: readonly string[];
  readonly live?: LiveReference;
}

/** A judgement that something stands in the way. */
export function obstructed(obstacle: Obstacle, reason: string, how: Proof = 'proven'): Judgement {
  return { verdict: obstacle.kind, how, reason, obstacle };
}

/**
 * The judgement that an error means; undefined for what says nothing of the object: a cancelled request, a server that is not there.
 */
export function judgementOf(error: unknown): Judgement | undefined {
  if (!isPtarError(error)) return undefined;
  const refusal = refusalOf(error);
  if (refusal === undefined) {
    if (error.code !== 'CONNECTOR_FAILED' && error.code !== 'CONNECTOR_TIMEOUT') return undefined;
    return obstructed({ kind: 'rejected' }, error.message, 'unprovable');
  }
  return obstructed(obstacleOf(refusal, error.message), error.message);
}

function obstacleOf(refusal: Refusal, message: string): Obstacle {
  switch (refusal.refusal) {
    case 'conflict':
      return { kind: 'conflict', fields: refusal.fields };
    case 'immutable':
      return { kind: 'immutable', fields: refusal.fields };
    case 'exists':
      return { kind: 'exists' };
    case 'webhook denied':
    case 'webhook without dry run':
    case 'policy denied':
      return { kind: 'blocked', by: refusal.by, answered: true };
    case 'webhook failed':
      return { kind: 'blocked', by: refusal.by, answered: false };
    case 'quota':
    case 'quota unknown':
      return {
        kind: 'quota',
        quota: refusal.quota,
        resources: 'resources' in refusal ? refusal.resources : [],
      };
    case 'right':
      return { kind: 'forbidden', ...ruleIn(message) };
    case 'namespace missing':
    case 'namespace terminating':
      return { kind: 'missing', what: 'namespace', name: /namespaces? "([^"]+)"/.exec(message)?.[1] ?? '' };
    case 'priority class missing':
      return { kind: 'missing', what: 'priority-class', name: refusal.name };
    case 'runtime class missing':
      return { kind: 'missing', what: 'runtime-class', name: refusal.name };
    case 'account missing':
    case 'stale':
    case 'other':
      return { kind: 'rejected' };
  }
}

/** As `api-error.ts` words it. */
function ruleIn(message: string): { rule?: string } {
  const rule = /: it takes (.*)$/.exec(message)?.[1];
  return rule === undefined ? {} : { rule };
}
