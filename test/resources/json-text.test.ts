import assert from 'node:assert/strict';
import fc from 'fast-check';
import { ConnectorError } from '../../src/errors.ts';
import {
  JSON_DEPTH_MAX,
  parseJson,
  parseJsonBytes,
  parseJsonStream,
  stringifyJson,
} from '../../src/resources/json-text.ts';
import { JsonNumber, equalJson, jsonFrom } from '../../src/resources/json-value.ts';
import { jsonValue } from './json-arbitrary.ts';

/** Position of the refusal, so that each malformed text is refused where it is malformed. */
function refusedAt(text: string): string {
  try {
    parseJson(text);
  } catch (error) {
    assert.ok(error instanceof ConnectorError);
    assert.equal(error.code, 'CONNECTOR_INPUT');
    return /line \d+, column \d+$/.exec(error.message)?.[0] ?? error.message;
  }
  return 'accepted';
}

describe('json-text', () => {
  it('gives back every value that it wrote', () => {
    fc.assert(
      fc.property(jsonValue(false), fc.constantFrom(0, 2), (value, indent) => {
        assert.deepEqual(parseJson(stringifyJson(value, indent)), value);
      }),
      { numRuns: 500 },
    );
  });

  it('reads strings as JSON.parse does', () => {
    const escapes = fc.stringMatching(/^(?:[a-z\u00e9]|\\["\\/bfnrt]|\\u[0-9a-fA-F]{4}){0,12}$/);
    fc.assert(
      fc.property(escapes, (body) => {
        const text = `"${body}"`;
        assert.equal(parseJson(text), JSON.parse(text));
      }),
      { numRuns: 500 },
    );
  });

  it('keeps the digits of numbers and the order of keys', () => {
    const text = '{"9":12345678901234567890,"1":-0,"a":1.0,"__proto__":1E+3,"b":[0.10,1e400]}';
    assert.equal(stringifyJson(parseJson(text)), text);
  });

  it('writes an element a line with an indentation, as JSON.stringify', () => {
    const plain = { a: [1, { b: [] }, {}, 'x\n'], c: null };
    assert.equal(stringifyJson(jsonFrom(plain), 2), JSON.stringify(plain, undefined, 2));
    assert.equal(stringifyJson(jsonFrom(plain)), JSON.stringify(plain));
  });

  const malformed: readonly (readonly [text: string, where: string])[] = [
    ['', 'line 1, column 1'],
    ['{"a":1,\n "a":2}', 'line 2, column 2'],
    ['{"a":1,}', 'line 1, column 8'],
    ['[1,]', 'line 1, column 4'],
    ['[1 2]', 'line 1, column 4'],
    ['{"a" 1}', 'line 1, column 6'],
    ['{a:1}', 'line 1, column 2'],
    ['01', 'line 1, column 2'],
    ['-', 'line 1, column 2'],
    ['1.', 'line 1, column 3'],
    ['1e', 'line 1, column 3'],
    ['+1', 'line 1, column 1'],
    ['tru', 'line 1, column 1'],
    ['NaN', 'line 1, column 1'],
    ['"\n"', 'line 1, column 2'],
    ['"a\\n\t"', 'line 1, column 5'],
    ['"abc', 'line 1, column 5'],
    ['"\\x"', 'line 1, column 2'],
    ['"\\u12g4"', 'line 1, column 2'],
    ['{} {}', 'line 1, column 4'],
    ['\ufeff{}', 'line 1, column 1'],
  ];
  for (const [text, where] of malformed) {
    it(`refuses ${JSON.stringify(text)} at ${where}`, () => {
      assert.equal(refusedAt(text), where);
    });
  }

  it('limits the depth', () => {
    const nested = (depth: number): string => '['.repeat(depth) + ']'.repeat(depth);
    assert.equal(stringifyJson(parseJson(nested(JSON_DEPTH_MAX))), nested(JSON_DEPTH_MAX));
    assert.equal(refusedAt(nested(JSON_DEPTH_MAX + 1)), `line 1, column ${JSON_DEPTH_MAX + 1}`);
    assert.equal(refusedAt('{"a":'.repeat(100_000)), `line 1, column ${JSON_DEPTH_MAX * 5 + 1}`);
  });

  it('never quotes the content in an error', () => {
    assert.throws(
      () => parseJson('{"password": "hunter2" x}'),
      (error: Error) => !error.message.includes('hunter2'),
    );
  });

  it('refuses bytes that are not UTF-8', () => {
    assert.throws(() => parseJsonBytes(Uint8Array.of(0x22, 0xff, 0x22)), { code: 'CONNECTOR_INPUT' });
    assert.equal(parseJsonBytes(new TextEncoder().encode('"\u00e9\u{1f600}"')), '\u00e9\u{1f600}');
  });

  it('reads values that follow each other, with their lines', () => {
    const values = [...parseJsonStream('{"a":1}\n{"b":\n2}{"c":3}\n\n')];
    assert.deepEqual(
      values.map(({ value, line }) => [stringifyJson(value), line]),
      [
        ['{"a":1}', 1],
        ['{"b":2}', 2],
        ['{"c":3}', 3],
      ],
    );
  });
});

describe('equalJson', () => {
  it('holds for a value and itself, whatever the order of keys', () => {
    fc.assert(
      fc.property(jsonValue(false), (value) => {
        const shuffled = value instanceof Map ? new Map([...value].reverse()) : value;
        assert.ok(equalJson(value, shuffled));
      }),
    );
  });

  const numbers: readonly (readonly [left: string, right: string, equal: boolean])[] = [
    ['1', '1.0', true],
    ['1e3', '1000', true],
    ['-0', '0', true],
    ['0.10', '1E-1', true],
    ['12345678901234567890', '12345678901234567891', false],
    ['9007199254740993', '9007199254740992', false],
    ['1', '-1', false],
    ['10', '1', false],
    ['1e999999999999', '1e999999999998', false],
  ];
  for (const [left, right, equal] of numbers) {
    it(`${left} ${equal ? 'is' : 'is not'} ${right}`, () => {
      assert.equal(equalJson(new JsonNumber(left), new JsonNumber(right)), equal);
    });
  }

  it('compares numbers with many zeros', () => {
    const zeros = '0'.repeat(300_000);
    assert.ok(!equalJson(new JsonNumber(`1${zeros}1`), new JsonNumber(`1${zeros}2`)));
    assert.ok(equalJson(new JsonNumber(`1${zeros}`), new JsonNumber('1e300000')));
  });

  it('tells types apart', () => {
    assert.ok(!equalJson('1', new JsonNumber('1')));
    assert.ok(!equalJson(null, false));
    assert.ok(!equalJson([], new Map()));
    assert.ok(!equalJson(jsonFrom({ a: 1 }), jsonFrom({ b: 1 })));
    assert.ok(!equalJson(jsonFrom([1]), jsonFrom([1, 2])));
  });
});
