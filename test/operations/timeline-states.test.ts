import assert from 'node:assert/strict';
import { isWithin, timeWithin } from '../../src/operations/timeline-entry.ts';
import { conditionEntries, restartEntries } from '../../src/operations/timeline-states.ts';
import { isJsonObject, jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import type { ResourceIdentity } from '../../src/resources/object-path.ts';

const BEGIN = '2026-01-02T03:00:00Z';
const INSIDE = '2026-01-02T03:10:00Z';
const END = '2026-01-02T03:20:00Z';
const interval = { beginMs: Date.parse(BEGIN), endMs: Date.parse(END) };
const POD: ResourceIdentity = { group: '', version: 'v1', kind: 'Pod', namespace: 'shop', name: 'web-0' };
const NODE: ResourceIdentity = {
  group: '',
  version: 'v1',
  kind: 'Node',
  namespace: undefined,
  name: 'node-1',
};

function objectFrom(plain: object): JsonObject {
  const object = jsonFrom(plain);
  assert.ok(isJsonObject(object));
  return object;
}

function pod(restartCount: number, more: object = {}): JsonObject {
  return objectFrom({ status: { containerStatuses: [{ name: 'web', restartCount, ...more }] } });
}

function ready(status: string, lastTransitionTime: string): JsonObject {
  return objectFrom({ status: { conditions: [{ type: 'Ready', status, lastTransitionTime }] } });
}

describe('states between two captures', () => {
  it('date what lies inside, and say so of what does not', () => {
    assert.deepEqual(timeWithin(interval, Date.parse(INSIDE)), {
      atMs: Date.parse(INSIDE),
      precision: 'exact',
    });
    const between = { atMs: interval.endMs, precision: 'between', afterMs: interval.beginMs };
    assert.deepEqual(timeWithin(interval, Date.parse('2026-01-02T02:00:00Z')), between);
    assert.deepEqual(timeWithin(interval, undefined), between);
    // Times of the cluster have full seconds.
    assert.ok(isWithin({ beginMs: interval.beginMs + 900, endMs: interval.endMs }, interval.beginMs));
  });

  it('count restarts since the capture before, of new Pods all of them', () => {
    const ended = { lastState: { terminated: { exitCode: 1, reason: 'Error', finishedAt: INSIDE } } };
    const [entry, ...others] = restartEntries(POD, pod(2), pod(5, ended), interval);
    assert.ok(entry?.type === 'restart');
    assert.deepEqual(others, []);
    assert.deepEqual(entry.restart, { container: 'web', count: 3, total: 5, reason: 'Error', exitCode: 1 });
    assert.deepEqual([entry.precision, entry.isWarning], ['exact', true]);
    const [fresh] = restartEntries(POD, undefined, pod(1), interval);
    assert.ok(fresh?.type === 'restart');
    assert.deepEqual([fresh.restart.count, fresh.precision], [1, 'between']);
    assert.deepEqual(restartEntries(POD, pod(2), pod(2), interval), []);
    // A Pod of the same name that was made anew begins at nothing.
    assert.deepEqual(restartEntries(POD, pod(2), pod(0), interval), []);
    assert.deepEqual(restartEntries(NODE, undefined, pod(3), interval), []);
  });

  it('tell conditions that changed, also those that came back', () => {
    const told = (before: JsonObject, after: JsonObject): unknown[] =>
      conditionEntries(NODE, before, after, interval).map((entry) =>
        entry.type === 'condition'
          ? [entry.condition.before, entry.condition.after, entry.precision, entry.isWarning]
          : [],
      );
    assert.deepEqual(told(ready('True', BEGIN), ready('False', INSIDE)), [['True', 'False', 'exact', true]]);
    assert.deepEqual(told(ready('True', BEGIN), ready('True', INSIDE)), [['True', 'True', 'exact', false]]);
    assert.deepEqual(told(ready('True', BEGIN), ready('True', BEGIN)), []);
    assert.deepEqual(told(ready('True', BEGIN), ready('Unknown', '2026-01-02T01:00:00Z')), [
      ['True', 'Unknown', 'between', true],
    ]);
  });
});
