import assert from 'node:assert/strict';
import { ConnectorError } from '../../src/errors.ts';
import { JSON_DEPTH_MAX, stringifyJson } from '../../src/resources/json-text.ts';
import { SCALARS } from './kubectl-scalars.ts';
import { YAML_LENGTH_MAX } from '../../src/resources/yaml-compose.ts';
import { jsonFromYaml, jsonFromYamlDocument, splitYaml } from '../../src/resources/yaml-parse.ts';

const read = (yaml: string): string =>
  jsonFromYaml(yaml)
    .map((value) => stringifyJson(value))
    .join(' ');

function refusal(yaml: string): string {
  try {
    read(yaml);
  } catch (error) {
    assert.ok(error instanceof ConnectorError, String(error));
    assert.equal(error.code, 'CONNECTOR_INPUT');
    assert.doesNotMatch(error.message, /\n/);
    return error.message;
  }
  return 'accepted';
}

describe('YAML as kubectl reads it', () => {
  for (const [plain, json] of SCALARS) {
    it(`${plain === '' ? 'nothing' : plain} is ${json}`, () => {
      assert.equal(read(`key: ${plain}\n`), `{"key":${json}}`);
    });
  }

  it('keeps numbers as written where JSON can hold them', () => {
    const numbers = ['1.0', '-0', '1e3', '1E+3', '12345678901234567890123', '0.10', '9007199254740993'];
    for (const number of numbers) assert.equal(read(`# c\nkey: ${number}\n`), `{"key":${number}}`);
  });

  it('names keys as sigs.k8s.io/yaml does', () => {
    assert.equal(
      read('on: a\n0644: b\n1.10: c\n1e7: d\n123: e\n"yes": f\n? g\n'),
      '{"true":"a","420":"b","1.1":"c","1e+07":"d","123":"e","yes":"f","g":null}',
    );
  });

  it('merges in the order of the text', () => {
    const base = 'base: &base {a: 1, b: 2}\n';
    assert.equal(read(`${base}x:\n  <<: *base\n  b: 3\n`), '{"base":{"a":1,"b":2},"x":{"a":1,"b":3}}');
    assert.equal(read(`${base}x:\n  b: 3\n  <<: *base\n`), '{"base":{"a":1,"b":2},"x":{"b":2,"a":1}}');
    assert.equal(
      read(`${base}x:\n  <<: [{a: 9, c: 8}, *base]\n`),
      '{"base":{"a":1,"b":2},"x":{"a":9,"b":2,"c":8}}',
    );
    assert.equal(read('"<<": {a: 1}\n'), '{"<<":{"a":1}}');
  });

  it('puts a copy where an alias stands', () => {
    const [value] = jsonFromYaml('a: &x {b: [1]}\nc: *x\n');
    assert.ok(value instanceof Map);
    assert.deepEqual(value.get('a'), value.get('c'));
    assert.notEqual(value.get('a'), value.get('c'));
  });

  it('reads what people write', () => {
    assert.equal(
      read(
        '# comment\na: {b: [1, "two", yes], c: }\nd: >-\n  folded\n  text\n\n  more\ne: plain\n  over lines # end\nf: "a\\x41\\\n   b"\r\n',
      ),
      '{"a":{"b":[1,"two",true],"c":null},"d":"folded text\\nmore","e":"plain over lines","f":"aAb"}',
    );
  });

  it('reads JSON too', () => {
    assert.equal(read('{"a": [1, {"b": "yes"}], "c": "\\u00e9\\/"}'), '{"a":[1,{"b":"yes"}],"c":"\u00e9/"}');
  });
});

describe('a YAML stream', () => {
  it('has a document between separators; those without content count for nothing', () => {
    assert.equal(read('---\n# only a comment\n---\na: 1\n--- # second\nb: 2\n---\n'), '{"a":1} {"b":2}');
    assert.equal(read(''), '');
    assert.equal(read('\ufeffa: 1'), '{"a":1}');
    assert.equal(read('null\n---\nfalse\n'), 'null false');
  });

  it('is split at separators only, with the line of each document', () => {
    const stream = 'a: |\n  x\n  ---\n---\r\nb: 1\n\n---\n---\nc: "\n  --- "\n';
    assert.deepEqual(
      [...splitYaml(stream)],
      [
        { text: 'a: |\n  x\n  ---\n', line: 1 },
        { text: 'b: 1\n\n', line: 5 },
        { text: 'c: "\n  --- "\n', line: 9 },
      ],
    );
  });

  it('is refused where something follows a separator, as kubectl does', () => {
    assert.match(refusal('a: 1\n--- b\n'), /at line 2, column 4$/);
    assert.match(refusal('a: 1\n---b\n'), /at line 2, column 4$/);
  });

  it('counts the lines of errors from its beginning', () => {
    assert.match(refusal('a: 1\n---\nb: 2\nc: [\n---\nd: 1\n'), /at line \d+, column \d+$/);
    const documents = [...splitYaml('a: 1\n---\nb: "x\n---\nc: 1\n')];
    assert.deepEqual(
      documents.map((document) => document.line),
      [1, 3, 5],
    );
    assert.throws(() => jsonFromYamlDocument(documents[1]!), /at line [34], column \d+$/);
    assert.equal(jsonFromYamlDocument(documents[2]!).length, 1);
  });
});

describe('hostile YAML', () => {
  const cases: readonly (readonly [what: string, yaml: string, message: RegExp])[] = [
    [
      'a key that occurs twice',
      'a: 1\nb:\n  c: 1\n  c: 2\n',
      /a key occurs twice in one mapping at line 4, column 3$/,
    ],
    ['keys that mean the same', 'yes: 1\non: 2\n', /a key occurs twice in one mapping at line 2, column 1$/],
    ['a null key', '~: 1\n', /a key that is null.* at line 1, column 1$/],
    ['a collection as key', '? [a]\n: 1\n', /a key that is null.* at line 1, column 3$/],
    ['an unknown tag', 'a: !secret x\n', /an unknown tag at line 1, column \d+$/],
    ['binary', 'a: !!binary aGk=\n', /an unknown tag at line 1, column \d+$/],
    [
      'a tag that the value does not fit',
      'a: !!int x\n',
      /a value that its tag does not allow at line 1, column \d+$/,
    ],
    ['infinity', 'a: .inf\n', /infinity or not-a-number, which JSON cannot hold at line 1, column 4$/],
    ['not-a-number', 'a: [.nan]\n', /infinity or not-a-number/],
    ['an alias without anchor', 'a: *b\n', /an alias without its anchor at line 1, column 4$/],
    [
      'an alias from another document',
      'a: &b 1\n---\nc: *b\n',
      /an alias without its anchor at line 3, column 4$/,
    ],
    [
      'an alias inside its own value',
      'a: &a [*a]\n',
      /an alias inside the value that it stands for at line 1, column 8$/,
    ],
    ['a merge of a scalar', '<<: 1\n', /a merge \(<<\) of something else than mappings at line 1/],
    ['a tab as indentation', 'a:\n\tb: 1\n', /a tab where spaces must indent at line 2, column 1$/],
    ['bad indentation', 'a:\n    b: 1\n  c: 2\n', /at line 3, column \d+$/],
    ['an open bracket', 'a: [1, 2\n', /at line \d, column \d+$/],
    ['an open quote', 'a: "x\n', /at line \d, column \d+$/],
    ['a plain @', 'a: @x\n', /needs quotes at line 1, column 4$/],
  ];
  for (const [what, yaml, message] of cases) {
    it(what, () => {
      assert.match(refusal(yaml), message);
    });
  }

  it('is never quoted in the error', () => {
    for (const yaml of [
      'password: "hunter2\n',
      'a: hunter2: b\n',
      '- hunter2\nb: 1\n',
      'a: !hunter2 x\n',
      'hunter2: 1\nhunter2: 2\n',
    ]) {
      assert.doesNotMatch(refusal(yaml), /hunter2|accepted/);
    }
  });

  it('nests too deep', () => {
    const block = (depth: number): string => `${'- '.repeat(depth)}a\n`;
    assert.match(read(block(JSON_DEPTH_MAX)), /a/);
    assert.match(refusal(block(JSON_DEPTH_MAX + 1)), /nested (?:deeper|too deep)/);
    assert.match(refusal('['.repeat(200_000)), /nested (?:deeper|too deep)|not closed/);
    assert.match(refusal('{a: '.repeat(20_000)), /nested (?:deeper|too deep)|not closed/);
  });

  it('is a decompression bomb of aliases', () => {
    let yaml = 'a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n';
    for (let level = 1; level < 20; level++) {
      yaml += `a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]\n`;
    }
    assert.match(refusal(yaml), /aliases add more than \d+ values/);
  });

  it('nests too deep through aliases', () => {
    let yaml = 'a0: &a0 [x]\n';
    for (let level = 1; level < 600; level++) yaml += `a${level}: &a${level} [*a${level - 1}]\n`;
    assert.match(refusal(yaml), /nested deeper|aliases add/);
  });

  it('is only slow to read for a careless reader: long runs of one character', () => {
    const run = 300_000;
    assert.equal(read(`a: |\n  x\n${'\n'.repeat(run)}  y\n`), `{"a":"x${'\\n'.repeat(run + 1)}y\\n"}`);
    assert.equal(read(`a: 1${'_'.repeat(run)}\n`), '{"a":1}');
    assert.equal(read(`a: b${' '.repeat(run)}\n`), '{"a":"b"}');
    assert.equal(read('---\n'.repeat(run)), '');
  });

  it('is longer than the complete reader takes', () => {
    assert.match(refusal(`# ${'x'.repeat(YAML_LENGTH_MAX)}\na: 1\n`), /is longer than 16 Mi characters/);
  });
});
