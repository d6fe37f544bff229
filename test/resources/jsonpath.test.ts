import assert from 'node:assert/strict';
import { parseJson } from '../../src/resources/json-text.ts';
import { evaluateJsonPath, jsonPathText } from '../../src/resources/jsonpath.ts';
import { parseJsonPath, parseRelaxedJsonPath } from '../../src/resources/jsonpath-parser.ts';

const OBJECT =
  parseJson(`{"kind": "List", "big": 9007199254740993, "f": 1.50, "tiny": 0.00001, "null": null, "yes": true,
  "m": {"b": "<&>", "a": [1, 2.0, "x"]}, "dotted.key/x": "d",
  "items": [{"name": "a", "n": 1, "tags": ["x", "y"], "on": true}, {"name": "b", "n": 2, "tags": []}, {"name": "c", "n": 3.5}]}`);

function text(template: string): string {
  return jsonPathText(evaluateJsonPath(parseJsonPath(template), OBJECT));
}

describe('JSONPath', () => {
  for (const [template, expected] of [
    ['kind: {.kind}!', 'kind: List!'],
    ['{.big} {.f} {.tiny} {.null} {.yes}', '9007199254740993 1.5 1e-05 null true'],
    ['{.m}', '{"a":[1,2,"x"],"b":"\\u003c\\u0026\\u003e"}'],
    ["{.dotted\\.key/x} {['dotted\\.key/x']} {['kind']}", 'd d List'],
    ['{.missing.more}', ''],
    ['{.items[*].name}', 'a b c'],
    ['{.items[0].name}{.items[-1].name}{.items[-2:].name}{.items[0:3:2].name}{.items[1:1].name}', 'acb ca c'],
    ["{.items[0,2].name} {.items[0]['name','n']}", 'a c a 1'],
    ['{.items[?(@.name=="b")].n}', '2'],
    ['{.items[?(@.n<3)].name}', undefined],
    ['{.items[0:2][?(@=="x")]}', undefined],
    ['{.items[?(@.on)].name} {.items[?(@.name!="b")].name} {.items[?(@.name>="b")].name}', 'a a c b c'],
    ['{.items[?(@.tags[0]=="x")].name}', undefined],
    ['{.items[?(@.on==true)].name}', 'a'],
    ['{range .items[*]}{.name}={.n}{"\\n"}{end}done', 'a=1\nb=2\nc=3.5\ndone'],
    ['{range .items[*]}[{range .tags[*]}{@},{end}]{end}', '[x,y,][][]'],
    ['{..name}', 'a b c'],
    ["{.items[?(@.name=='a')]['name']}{'it\\'s'}", "ait's"],
    ['{.items[5]}', undefined],
    ['{.kind[0]}', undefined],
    ['{end}', undefined],
    ['no braces', 'no braces'],
  ] as const) {
    it(template, () => {
      if (expected === undefined) assert.throws(() => text(template), { name: 'JsonPathMisfit' });
      else assert.equal(text(template), expected);
    });
  }

  it('refuses what kubectl refuses', () => {
    for (const template of [
      '{.a',
      '{.a[}',
      '{.a[x]}',
      '{.a[?(@.b==1]}',
      '{....a}',
      '{"a}',
      '{^}',
      '{.a[-]}',
      '{..}{...}x{',
      '{+}',
    ]) {
      assert.throws(() => parseJsonPath(template), { code: 'USAGE' }, template);
    }
    const nested = '[?(@.a'.repeat(200);
    assert.throws(() => parseJsonPath(`{.a${nested}}`), { code: 'USAGE' });
  });

  it('takes a path without braces', () => {
    for (const path of ['{.kind}', '.kind', 'kind', ' @.kind']) {
      assert.deepEqual(evaluateJsonPath(parseRelaxedJsonPath(path), OBJECT), [['List']]);
    }
  });
});
