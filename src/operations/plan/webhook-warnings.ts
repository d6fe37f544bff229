import { formatCount } from '../quantities.ts';
import type { PlanItem, PlanWarning } from './plan.ts';
import type { TargetWebhooks } from './target-webhooks.ts';

/**
 * What to do about webhooks of the target that stand in the way of a plan because nobody answers for them: one warning for each, with the
 * objects that it blocks. A restore that makes the Pods of such a webhook waits for them in vain where the webhook is asked about those.
 */
export async function webhookWarnings(
  items: readonly PlanItem[],
  webhooks: Pick<TargetWebhooks, 'named' | 'outage'>,
): Promise<PlanWarning[]> {
  const blocked = new Map<string, PlanItem[]>();
  for (const item of items) {
    if (item.obstacle?.kind !== 'blocked' || item.obstacle.answered) continue;
    const { by } = item.obstacle;
    const others = blocked.get(by);
    if (others === undefined) blocked.set(by, [item]);
    else others.push(item);
  }
  const warnings: PlanWarning[] = [];
  for (const [by, held] of blocked) {
    const webhook = await webhooks.named(by);
    const { kind, configuration, service } = webhook ?? {};
    const config = kind === undefined ? 'its configuration' : `${kind} ${configuration ?? ''}`;
    const why = webhook === undefined ? '' : await webhooks.outage(webhook);
    const said = [`webhook ${by} cannot be called${why === '' ? '' : ` (${why})`}`];
    said.push(` and blocks ${formatCount(held.length, 'object')}`);
    const own = held.filter(({ identity }) => identity.namespace === service?.namespace).length;
    if (service !== undefined && own > 0) {
      said.push(`, ${own} of them in namespace ${service.namespace}, which it needs itself`);
    }
    said.push(`: delete ${config}, or set its failurePolicy to Ignore, until the restore is done`);
    const isPlanned = items.some(
      ({ identity, path }) => path !== undefined && identity.kind === kind && identity.name === configuration,
    );
    if (isPlanned) said.push('; the restore puts it back last');
    const how = held.some((item) => item.how === 'proven') ? 'proven' : 'derived';
    warnings.push({ kind: 'webhook', how, by, items: held.map(({ id }) => id), reason: said.join('') });
  }
  return warnings;
}
