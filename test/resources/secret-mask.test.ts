import assert from 'node:assert/strict';
import { stringifyJson } from '../../src/resources/json-text.ts';
import { jsonFrom, type JsonObject } from '../../src/resources/json-value.ts';
import { maskSecrets } from '../../src/resources/secret-mask.ts';

const CANARY = 'canary-4711';
const object = (plain: unknown): JsonObject => jsonFrom(plain) as JsonObject;
const encoded = Buffer.from(CANARY).toString('base64');
const secret = {
  apiVersion: 'v1',
  kind: 'Secret',
  metadata: {
    name: 'a',
    annotations: {
      'kubectl.kubernetes.io/last-applied-configuration': `{"stringData":{"key":"${CANARY}"}}`,
      other: 'kept',
    },
  },
  type: 'Opaque',
  data: { password: encoded, empty: '', pad: 'YQ==', odd: 7 },
  stringData: { key: `${CANARY}\u00e9` },
};

function assertMasked(masked: JsonObject): void {
  const text = stringifyJson(masked);
  assert.ok(!text.includes(CANARY) && !text.includes(encoded), text);
}

describe('secret-mask', () => {
  it('keeps keys and sizes, not values', () => {
    const masked = maskSecrets(object(secret));
    assertMasked(masked);
    assert.deepEqual(
      masked.get('data'),
      object({
        password: '*** (11 bytes)',
        empty: '*** (0 bytes)',
        pad: '*** (1 byte)',
        odd: '*** (0 bytes)',
      }),
    );
    assert.deepEqual(masked.get('stringData'), object({ key: '*** (13 bytes)' }));
    assert.deepEqual(masked.get('type'), 'Opaque');
    assert.match(stringifyJson(masked), /"other":"kept"/);
  });

  it('leaves the object that it was given alone', () => {
    const original = object(secret);
    maskSecrets(original);
    assert.deepEqual(original, object(secret));
  });

  it('masks items of lists, also where they do not name their kind', () => {
    assertMasked(
      maskSecrets(
        object({ apiVersion: 'v1', kind: 'List', items: [secret, { apiVersion: 'v1', kind: 'Pod' }] }),
      ),
    );
    const { apiVersion, kind, ...untyped } = secret;
    assertMasked(maskSecrets(object({ apiVersion, kind: `${kind}List`, items: [untyped] })));
    assertMasked(
      maskSecrets(
        object({ apiVersion: 'v1', kind: 'List', items: [{ apiVersion, kind: 'List', items: [secret] }] }),
      ),
    );
  });

  it('returns anything else as it is', () => {
    for (const other of [
      { apiVersion: 'v1', kind: 'ConfigMap', data: { password: CANARY } },
      { apiVersion: 'example.io/v1', kind: 'Secret', data: { password: CANARY } },
      { apiVersion: 'v1', kind: 'List', items: [{ apiVersion: 'v1', kind: 'Pod' }] },
    ]) {
      const value = object(other);
      assert.equal(maskSecrets(value), value);
    }
  });

  it('hides values that are not where they belong', () => {
    assertMasked(maskSecrets(object({ ...secret, data: encoded, stringData: [CANARY] })));
  });
});
