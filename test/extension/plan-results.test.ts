import assert from 'node:assert/strict';
import { planResults } from '../../src/extension/plan-results.ts';
import type { Plan } from '../../src/operations/plan/plan.ts';

describe('plan in the explorer', () => {
  it('shows what the plan warns of before anything else', () => {
    const reason = 'the ResourceQuota pods of namespace shop has room for 2 of 5 Pods: raise it';
    const plan: Pick<Plan, 'warnings' | 'items' | 'target'> = {
      items: [],
      target: {
        uri: 'k8s://test',
        context: 'test',
        server: 'https://127.0.0.1',
        clusterId: '',
        version: 'v1.34.1',
      },
      warnings: [{ kind: 'quota', how: 'derived', by: 'pods', items: [], reason }],
    };
    const [first] = planResults(plan as Plan, 'archive').results;
    assert.deepEqual(first, {
      label: 'Warnings',
      icon: 'warning',
      description: '1',
      children: [{ label: 'pods', description: reason, tooltip: reason, icon: 'warning' }],
    });
  });
});
