import assert from 'node:assert/strict';
import { builtInSchema } from '../../src/resources/schema-place.ts';
import { ORDERED_LISTS } from '../../src/resources/ordered-lists.ts';

describe('lists whose order counts', () => {
  it('are there in the schema as lists with keys, each with a reason and its source', () => {
    const places = [
      builtInSchema('', 'v1', 'Pod')?.field('spec')?.field('initContainers'),
      builtInSchema('', 'v1', 'Pod')?.field('spec')?.field('containers')?.item?.field('env'),
      builtInSchema('admissionregistration.k8s.io', 'v1', 'ValidatingAdmissionPolicy')
        ?.field('spec')
        ?.field('variables'),
    ];
    assert.equal(places.length, ORDERED_LISTS.length);
    for (const place of places) {
      assert.deepEqual(place?.list, [{ name: 'name' }]);
      assert.equal(typeof place.isOrdered, 'function');
    }
    for (const { reason, source } of ORDERED_LISTS) {
      assert.notEqual(reason, '');
      assert.match(source, /^https:\/\/kubernetes\.io\/docs\//);
    }
  });
});
