import assert from 'node:assert/strict';
import fc from 'fast-check';
import { JsonNumber } from '../../src/resources/json-value.ts';
import { equalQuantities, nanosOf } from '../../src/resources/quantity.ts';

describe('quantities', () => {
  it('are equal however they are written', () => {
    for (const [left, right] of [
      ['1000m', '1'],
      ['1Gi', '1024Mi'],
      ['1.5Gi', '1536Mi'],
      ['1e3', '1k'],
      ['1E3', '1000'],
      ['1E', '1000P'],
      ['.5', '500m'],
      ['5.', '5'],
      ['+1', '1'],
      ['-0', '0'],
      ['0.1n', '1n'],
    ] as const) {
      assert.ok(equalQuantities(left, right), `${left} ${right}`);
    }
    assert.ok(equalQuantities(new JsonNumber('2'), '2000m'));
  });

  it('differ where their amounts do, and are only what Kubernetes takes for one', () => {
    assert.ok(!equalQuantities('1G', '1Gi'));
    assert.ok(!equalQuantities('1', '-1'));
    for (const text of ['', '.', 'm', '1 Gi', '1ki', '1KiB', '1e', '1e999', '0x1', 'x'.repeat(100)]) {
      assert.equal(nanosOf(text), undefined, text);
    }
    assert.equal(nanosOf(null), undefined);
  });

  it('count milli-units as thousandths', () => {
    fc.assert(
      fc.property(fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }), (amount) => {
        assert.ok(equalQuantities(`${amount * 1000n}m`, `${amount}`));
        assert.ok(equalQuantities(`${amount * 1024n}Ki`, `${amount}Mi`));
      }),
    );
  });
});
