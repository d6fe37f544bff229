import type { LiveObjects } from '../../connectors/kubernetes/live-objects.ts';
import type { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import type { MacKey } from '../../format/index.ts';
import type { PlanOptions } from './plan.ts';
import type { ObjectTransform } from './restore-events.ts';
import type { SourceObjects } from './source-objects.ts';
import type { TargetFacts } from './target-facts.ts';
import type { TargetWebhooks } from './target-webhooks.ts';
import type { VersionConverter } from './version-converter.ts';

/** What a judge works with. */
export interface JudgeContext {
  readonly target: RestoreTarget;
  readonly facts: TargetFacts;
  readonly webhooks: TargetWebhooks;
  readonly live: LiveObjects;
  readonly source: SourceObjects;
  readonly options: PlanOptions;
  readonly transform: ObjectTransform | undefined;
  readonly converter: VersionConverter | undefined;
  readonly mac: MacKey;
}
