import assert from 'node:assert/strict';
import type { Change } from '../../src/resources/change.ts';
import { parseJson } from '../../src/resources/json-text.ts';
import type { JsonObject, JsonValue } from '../../src/resources/json-value.ts';
import { isWrittenByManager, writesBetween } from '../../src/resources/managed-fields.ts';

const SECOND = '2026-01-01T00:00:00Z';
const LATER = '2026-01-01T00:00:09Z';

interface Entry {
  readonly manager: string;
  readonly time: string;
  readonly subresource?: string;
  readonly fields: object;
}

function deployment(replicas: number, ...entries: readonly Entry[]): JsonObject {
  const object = parseJson(
    JSON.stringify({
      metadata: { managedFields: entries.map(({ fields, ...entry }) => ({ ...entry, fieldsV1: fields })) },
      spec: { replicas, containers: [{ name: 'web', image: 'nginx' }] },
    }),
  );
  assert.ok(object instanceof Map);
  return object;
}

const change = (...path: (string | number)[]): Change => ({
  op: 'replace',
  path,
  label: path.join('.'),
  before: 0 as unknown as JsonValue,
  after: 1 as unknown as JsonValue,
});
const replicas = { 'f:spec': { 'f:replicas': {} } };
const image = { 'f:spec': { 'f:containers': { 'k:{"name":"web"}': { 'f:image': {} } } } };
const names = (writes: readonly { manager: string }[]): string[] => writes.map(({ manager }) => manager);

describe('managed fields', () => {
  const created: Entry = {
    manager: 'kubectl-create',
    time: SECOND,
    fields: { 'f:spec': { ...replicas['f:spec'], ...image['f:spec'] } },
  };

  it('name no manager whose entry was there before, in whatever second it was', () => {
    const scaled: Entry = { manager: 'kubectl', time: SECOND, subresource: 'scale', fields: replicas };
    const before = deployment(0, created);
    const after = deployment(1, created, scaled);
    assert.deepEqual(writesBetween(before, after, [change('spec', 'replicas')]), [
      { manager: 'kubectl', atMs: Date.parse(SECOND) },
    ]);
    assert.deepEqual(writesBetween(before, after), [{ manager: 'kubectl', atMs: Date.parse(SECOND) }]);
  });

  it('name no manager that only lost a field to another', () => {
    const patched: Entry = { manager: 'kubectl-patch', time: LATER, fields: replicas };
    const after = deployment(1, { ...created, fields: image }, patched);
    assert.deepEqual(names(writesBetween(deployment(0, created), after)), ['kubectl-patch']);
  });

  it('name who owns what changed, not who wrote something else meanwhile', () => {
    const before = deployment(0, created);
    const after = deployment(
      1,
      { manager: 'kubectl-edit', time: LATER, fields: image },
      { manager: 'autoscaler', time: LATER, fields: replicas },
      { manager: 'kubelet', time: LATER, subresource: 'status', fields: { 'f:status': {} } },
    );
    assert.deepEqual(names(writesBetween(before, after, [change('spec', 'replicas')])), ['autoscaler']);
    assert.deepEqual(names(writesBetween(before, after, [change('spec', 'containers', 0, 'image')])), [
      'kubectl-edit',
    ]);
  });

  it('name all who wrote where a field that went is owned by nobody', () => {
    const after = deployment(
      1,
      { manager: 'kubectl-edit', time: LATER, fields: image },
      { manager: 'autoscaler', time: LATER, fields: replicas },
    );
    const changes = [change('spec', 'replicas'), change('metadata', 'labels', 'app')];
    assert.deepEqual(names(writesBetween(deployment(0, created), after, changes)), [
      'kubectl-edit',
      'autoscaler',
    ]);
  });

  it('name the owner who wrote the same field twice in a second', () => {
    const both = deployment(0, created);
    assert.deepEqual(names(writesBetween(both, deployment(1, created), [change('spec', 'replicas')])), [
      'kubectl-create',
    ]);
    assert.deepEqual(writesBetween(both, both), []);
  });

  it('tell what a manager wrote from what the API server filled in', () => {
    const object = deployment(1, { manager: 'kubectl-edit', time: LATER, fields: image });
    assert.ok(isWrittenByManager(object, ['spec', 'containers', 0, 'image']));
    assert.ok(!isWrittenByManager(object, ['spec', 'replicas']));
  });
});
