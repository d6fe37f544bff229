import assert from 'node:assert/strict';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import { isBestEffort, podAmounts, withLimitDefaults } from '../../src/resources/pod-resources.ts';

const spec = (plain: object): JsonObject => jsonFrom(plain) as JsonObject;
const cpu = (requests: string, more: object = {}): object => ({
  resources: { requests: { cpu: requests } },
  ...more,
});
const sidecar = { restartPolicy: 'Always' };
const millis = (plain: object, list: 'requests' | 'limits' = 'requests'): number =>
  Number((podAmounts(spec(plain), list).get('cpu') ?? 0n) / 1_000_000n);

describe('amounts of a Pod', () => {
  it('are those of its containers together, or of what runs before them', () => {
    assert.equal(millis({ containers: [cpu('100m'), cpu('0.2')] }), 300);
    assert.equal(millis({ containers: [cpu('100m')], initContainers: [cpu('1'), cpu('2')] }), 2000);
    assert.equal(millis({ containers: [cpu('100m')], initContainers: [cpu('50m', sidecar)] }), 150);
    // A sidecar runs beside the init containers after it, not beside those before it.
    const [after, before] = [
      [cpu('50m', sidecar), cpu('200m')],
      [cpu('200m'), cpu('50m', sidecar)],
    ];
    assert.equal(millis({ containers: [cpu('100m')], initContainers: after }), 250);
    assert.equal(millis({ containers: [cpu('100m')], initContainers: before }), 200);
  });

  it('are limits where requests are not given, those of the whole Pod where it has some, and the overhead', () => {
    const limited = { resources: { limits: { cpu: '400m' } } };
    assert.equal(millis({ containers: [limited] }), 400);
    assert.equal(millis({ containers: [limited], resources: { requests: { cpu: '1' } } }), 1000);
    assert.equal(millis({ containers: [cpu('100m')], overhead: { cpu: '50m' } }), 150);
    assert.equal(millis({ containers: [cpu('100m')], overhead: { cpu: '50m' } }, 'limits'), 0);
    assert.equal(millis({ containers: [limited], overhead: { cpu: '50m' } }, 'limits'), 450);
  });

  it('have the defaults of the namespace where nothing is said', () => {
    const range = (limit: object): JsonObject => spec({ spec: { limits: [limit] } });
    const defaults = range({
      type: 'Container',
      default: { cpu: '500m' },
      defaultRequest: { cpu: '300m' },
    });
    const pod = (container: object): JsonObject =>
      withLimitDefaults(spec({ containers: [container] }), [
        range({ type: 'Pod', max: { cpu: '1' } }),
        defaults,
      ]);
    const both = (container: object): (bigint | undefined)[] =>
      (['requests', 'limits'] as const).map((list) => podAmounts(pod(container), list).get('cpu'));
    assert.deepEqual(both({}), [300_000_000n, 500_000_000n]);
    assert.deepEqual(both(cpu('100m')), [100_000_000n, 500_000_000n]);
    // What asks for nothing gets its own limit.
    assert.deepEqual(both({ resources: { limits: { cpu: '400m' } } }), [400_000_000n, 400_000_000n]);
    const amounts = (limit: object): (bigint | undefined)[] => {
      const filled = withLimitDefaults(spec({ containers: [{}] }), [range({ type: 'Container', ...limit })]);
      return (['requests', 'limits'] as const).map((list) => podAmounts(filled, list).get('cpu'));
    };
    assert.deepEqual(amounts({ default: { cpu: '1' } }), [1_000_000_000n, 1_000_000_000n]);
    assert.deepEqual(amounts({ max: { cpu: '2' }, min: { cpu: '1' } }), [2_000_000_000n, 2_000_000_000n]);
    assert.deepEqual(amounts({ min: { cpu: '1' } }), [1_000_000_000n, undefined]);
    const untouched = spec({ containers: [{}] });
    assert.equal(withLimitDefaults(untouched, []), untouched);
    withLimitDefaults(untouched, [defaults]);
    assert.equal(isBestEffort(untouched), true);
  });

  it('are none for the best effort', () => {
    const table: readonly (readonly [object, boolean])[] = [
      [{ containers: [{}] }, true],
      [{ containers: [cpu('0')] }, true],
      [{ containers: [{ resources: { requests: { 'ephemeral-storage': '1Gi' } } }] }, true],
      [{ containers: [{}, cpu('1m')] }, false],
      [{ containers: [{}], initContainers: [cpu('1m')] }, false],
      [{ containers: [{}], resources: { limits: { memory: '1Gi' } } }, false],
    ];
    for (const [plain, isBest] of table) {
      assert.equal(isBestEffort(spec(plain)), isBest, JSON.stringify(plain));
    }
  });
});
