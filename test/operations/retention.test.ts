import assert from 'node:assert/strict';
import fc from 'fast-check';
import { retainedMoments } from '../../src/operations/retention.ts';

function kept(dates: readonly string[], policy: Parameters<typeof retainedMoments>[1]): string[] {
  const retained = retainedMoments(
    dates.map((date) => Date.parse(date)),
    policy,
  );
  return dates.filter((date) => retained.has(Date.parse(date)));
}

describe('retention', () => {
  it('keeps the newest, in whatever order they come', () => {
    const dates = ['2026-11-02T00:00:00Z', '2026-11-04T00:00:00Z', '2026-11-03T00:00:00Z'];
    assert.deepEqual(kept(dates, { last: 2 }), ['2026-11-04T00:00:00Z', '2026-11-03T00:00:00Z']);
  });

  it('keeps the newest of each day, and passes over days without any', () => {
    const dates = [
      '2026-11-01T23:59:59Z',
      '2026-11-03T00:00:00Z',
      '2026-11-03T23:59:59Z',
      '2026-11-04T00:00:00Z',
    ];
    assert.deepEqual(kept(dates, { daily: 2 }), ['2026-11-03T23:59:59Z', '2026-11-04T00:00:00Z']);
    assert.deepEqual(kept(dates, { daily: 3 }), [
      '2026-11-01T23:59:59Z',
      '2026-11-03T23:59:59Z',
      '2026-11-04T00:00:00Z',
    ]);
  });

  it('begins weeks on Mondays and months on the first, also across years', () => {
    // 3 January 2027 is a Sunday.
    const dates = [
      '2026-12-27T12:00:00Z',
      '2026-12-28T12:00:00Z',
      '2027-01-03T12:00:00Z',
      '2027-01-04T12:00:00Z',
    ];
    assert.deepEqual(kept(dates, { weekly: 3 }), [
      '2026-12-27T12:00:00Z',
      '2027-01-03T12:00:00Z',
      '2027-01-04T12:00:00Z',
    ]);
    assert.deepEqual(kept(dates, { monthly: 5 }), ['2026-12-28T12:00:00Z', '2027-01-04T12:00:00Z']);
  });

  it('keeps what any rule keeps, always the newest, never more than the rules together', () => {
    const moments = fc.uniqueArray(
      fc.integer({ min: 0, max: 4e9 }).map((second) => second * 1000),
      {
        minLength: 1,
        maxLength: 60,
      },
    );
    const count = fc.option(fc.integer({ min: 1, max: 9 }), { nil: undefined });
    const policies = fc
      .record({ last: count, daily: count, weekly: count, monthly: count })
      .map((rules) =>
        Object.fromEntries(
          Object.entries(rules).filter((rule): rule is [string, number] => rule[1] !== undefined),
        ),
      )
      .filter((rules) => Object.keys(rules).length > 0);
    fc.assert(
      fc.property(moments, policies, (all, policy) => {
        const retained = retainedMoments(all, policy);
        assert.ok(retained.has(Math.max(...all)));
        assert.ok(retained.size <= Object.values(policy).reduce((sum, limit) => sum + limit, 0));
        for (const [rule, limit] of Object.entries(policy)) {
          for (const ms of retainedMoments(all, { [rule]: limit })) assert.ok(retained.has(ms));
        }
      }),
    );
  });
});
