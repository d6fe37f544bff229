import assert from 'node:assert/strict';
import { BUILT_IN_KINDS } from '../../src/resources/built-in-kinds.ts';
import { compareForRestore, restoreRank, restoreRankReason } from '../../src/resources/restore-order.ts';
import { KindCatalog } from '../../src/resources/kinds.ts';

describe('restore-order', () => {
  const catalog = new KindCatalog();
  const rankOf = (spelling: string): number => restoreRank(catalog.select(spelling).kind);

  const pairs: readonly (readonly [first: string, then: string])[] = [
    ['crd', 'ns'],
    ['ns', 'sa'],
    ['sc', 'pvc'],
    ['pv', 'pvc'],
    ['sa', 'clusterrolebinding'],
    ['role', 'rolebinding'],
    ['rolebinding', 'deploy'],
    ['secret', 'deploy'],
    ['cm', 'sts'],
    ['quota', 'po'],
    ['pvc', 'po'],
    ['svc', 'sts'],
    ['netpol', 'po'],
    ['pc', 'deploy'],
    ['po', 'rs'],
    ['rs', 'deploy'],
    ['deploy', 'hpa'],
    ['deploy', 'ing'],
    ['ing', 'validatingwebhookconfigurations'],
    ['validatingadmissionpolicies', 'validatingadmissionpolicybindings'],
    ['validatingadmissionpolicybindings', 'validatingwebhookconfigurations'],
    ['apiservices', 'mutatingwebhookconfigurations'],
  ];
  for (const [first, then] of pairs) {
    it(`creates ${first} before ${then}`, () => {
      assert.ok(rankOf(first) < rankOf(then));
    });
  }

  it('creates custom resources after workloads and before webhooks', () => {
    const custom = restoreRank({ group: 'example.io', kind: 'Till' });
    assert.ok(rankOf('deploy') < custom && custom < rankOf('validatingwebhookconfigurations'));
    assert.notEqual(restoreRank({ group: 'example.io', kind: 'Namespace' }), rankOf('ns'));
  });

  it('has a reason for the rank of every kind', () => {
    for (const kind of BUILT_IN_KINDS) assert.notEqual(restoreRankReason(restoreRank(kind)), '');
  });

  it('is the same however the objects come', () => {
    const object = (kind: string, name: string, namespace?: string) => ({
      group: '',
      version: 'v1',
      kind,
      namespace,
      name,
    });
    const ordered = [
      object('Namespace', 'a'),
      object('ConfigMap', 'a', 'a'),
      object('ConfigMap', 'b', 'a'),
      object('ConfigMap', 'a', 'b'),
      object('Secret', 'a', 'a'),
      object('Pod', 'a', 'a'),
    ];
    assert.deepEqual(ordered.toReversed().sort(compareForRestore), ordered);
    assert.equal(compareForRestore(ordered[0]!, ordered[0]!), 0);
  });
});
