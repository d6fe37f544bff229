import assert from 'node:assert/strict';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import { fieldPredicate, labelPredicate } from '../../src/resources/object-selector.ts';

const object = jsonFrom({
  metadata: { name: 'web', labels: { app: 'web', tier: 'front' } },
  spec: { type: 'NodePort', replicas: 2, paused: false },
}) as JsonObject;

describe('selectors', () => {
  const cases: readonly (readonly [typeof labelPredicate, string, boolean])[] = [
    [labelPredicate, 'app=web', true],
    [labelPredicate, 'app==web,tier!=back', true],
    [labelPredicate, 'app!=web', false],
    [labelPredicate, 'tier in (back, front),app', true],
    [labelPredicate, 'tier notin (front)', false],
    [labelPredicate, 'absent notin (front)', true],
    [labelPredicate, '!app', false],
    [labelPredicate, '!absent', true],
    [fieldPredicate, 'spec.type=NodePort,metadata.name=web', true],
    [fieldPredicate, 'spec.replicas=2,spec.paused=false', true],
    [fieldPredicate, 'spec.type!=NodePort', false],
    [fieldPredicate, 'spec.absent=', true],
  ];
  for (const [predicate, selector, isMeant] of cases) {
    it(`${selector} ${isMeant ? 'means' : 'does not mean'} the object`, () => {
      assert.equal(predicate(selector)(object), isMeant);
    });
  }

  it('that are none say so', () => {
    assert.throws(() => labelPredicate('a=b=c'), { code: 'USAGE' });
    assert.throws(() => fieldPredicate('spec.type'), { code: 'USAGE' });
  });
});
