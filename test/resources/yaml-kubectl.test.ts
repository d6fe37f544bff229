/**
 * kubectl itself reads what we write as the same value, and what it reads out of YAML from people we read likewise. `kubectl label
 * --local` needs no server: it decodes a file, and prints it as JSON.
 */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import { stringifyJson } from '../../src/resources/json-text.ts';
import type { JsonValue } from '../../src/resources/json-value.ts';
import { yamlFromJson } from '../../src/resources/yaml-emit.ts';
import { jsonFromYaml } from '../../src/resources/yaml-parse.ts';
import { runTool } from '../cluster/binary.ts';
import { requirement } from '../requirements.ts';
import { TRAPS, jsonValue } from './json-arbitrary.ts';
import { SCALARS } from './kubectl-scalars.ts';

const HEAD = 'apiVersion: example.io/v1\nkind: Bag\nmetadata:\n  name: bag\n';

/** The fields of the object whose YAML follows `HEAD`, as kubectl understands them. */
async function readByKubectl(fields: string): Promise<Readonly<Record<string, unknown>>> {
  const args = ['label', '--local', '--filename=-', '--output=json', 'seen=yes'];
  const { apiVersion, kind, metadata, ...rest } = JSON.parse(
    await runTool('kubectl', args, { stdin: HEAD + fields }),
  ) as Record<string, unknown>;
  assert.deepEqual(
    [apiVersion, kind, metadata],
    ['example.io/v1', 'Bag', { name: 'bag', labels: { seen: 'yes' } }],
  );
  return rest;
}

/** What JavaScript's doubles can hold of a value: kubectl rounds numbers too, and does not know -0. */
function inDoubles(json: string): unknown {
  return JSON.parse(json, (_, item: unknown) => (Object.is(item, -0) ? 0 : item));
}

describe('kubectl', function () {
  this.timeout(120_000);
  before(requirement('cluster'));

  it('reads the YAML that we make of any JSON as the same value', async () => {
    const bags = fc.array(jsonValue(true), { minLength: 60, maxLength: 60, size: 'max' });
    await fc.assert(
      fc.asyncProperty(bags, async (values) => {
        const fields: JsonValue = new Map([['values', values]]);
        const read = await readByKubectl(yamlFromJson(fields));
        assert.deepEqual(read, inDoubles(stringifyJson(fields)));
      }),
      { numRuns: 20 },
    );
  });

  it('reads every trap as value, key and item', async () => {
    const fields: JsonValue = new Map(
      TRAPS.map((trap, index) => [
        `trap-${index}`,
        new Map<string, JsonValue>([
          [trap, trap],
          [`${trap}.`, [trap, [trap]]],
        ]),
      ]),
    );
    assert.deepEqual(await readByKubectl(yamlFromJson(fields)), inDoubles(stringifyJson(fields)));
  });

  it('reads plain scalars as we do', async () => {
    const yaml = SCALARS.map(([plain], index) => `scalar-${index}: ${plain}\n`).join('');
    const expected = Object.fromEntries(
      SCALARS.map(([, json], index) => [`scalar-${index}`, JSON.parse(json) as unknown]),
    );
    assert.deepEqual(await readByKubectl(yaml), expected);
    assert.deepEqual(inDoubles(stringifyJson(jsonFromYaml(yaml)[0] ?? null)), expected);
  });

  const constructs: readonly (readonly [what: string, yaml: string])[] = [
    ['keys that are no strings', 'on: a\n0644: b\n1.10: c\n1e7: d\n123: e\n'],
    ['a merge before a key', 'base: &b {a: 1, b: 2}\nx:\n  <<: *b\n  b: 3\n'],
    ['a merge behind a key', 'base: &b {a: 1, b: 2}\nx:\n  b: 3\n  <<: *b\n'],
    ['a merge of several', 'base: &b {a: 1, b: 2}\nx:\n  <<: [{a: 9, c: 8}, *b]\n'],
    ['folded and literal blocks', 'a: >-\n  x\n  y\n\n  z\nb: |+\n  x\n\nc: |2\n    x\n   y\n'],
    ['flow style over lines', 'a: {b: [1,\n  2], c: "x\n  y\\\n  z"}\nd: [{e: f}, g: h]\n'],
    ['plain scalars over lines', 'a: x y\n  z\n\n  w\nb: - # c\n'.replace('b: - # c\n', 'b: x#y # c\n')],
    ['line ends of Windows', 'a: |\r\n  x\r\n  y\r\nb: "x\r\n  y"\r\n'],
    ['tags', 'a: !!str 1\nb: !!int "7"\nc: !!float 1\nd: !!map {}\ne: !!seq []\n'],
  ];
  for (const [what, yaml] of constructs) {
    it(`reads ${what} as we do`, async () => {
      const [ours] = jsonFromYaml(yaml);
      assert.deepEqual(inDoubles(stringifyJson(ours ?? null)), await readByKubectl(yaml));
    });
  }
});
