/** Several streams become one: bounded, complete, and quiet when it is over. */
import assert from 'node:assert/strict';
import { setImmediate as tick } from 'node:timers/promises';
import fc from 'fast-check';
import { mergeStreams } from '../../../src/connectors/kubernetes/merged-streams.ts';

const limits = { width: 3, waitingMax: 4, stop: () => undefined };

describe('merged streams', () => {
  it('give every value once, in the order of its stream', async () => {
    const streams = fc.array(fc.array(fc.boolean(), { maxLength: 20 }), { maxLength: 10 });
    await fc.assert(
      fc.asyncProperty(
        streams,
        fc.integer({ min: 1, max: 4 }),
        fc.integer({ min: 1, max: 5 }),
        async (pauses, width, waitingMax) => {
          const tasks = pauses.map(
            (stream, index) =>
              async function* () {
                for (const [position, pause] of stream.entries()) {
                  if (pause) await tick();
                  yield { index, position };
                }
              },
          );
          const seen = pauses.map(() => [] as number[]);
          for await (const { index, position } of mergeStreams(tasks, { ...limits, width, waitingMax })) {
            seen[index]?.push(position);
            if (position % 3 === 0) await tick();
          }
          assert.deepEqual(
            seen,
            pauses.map((stream) => stream.map((_, position) => position)),
          );
        },
      ),
      { numRuns: 50 },
    );
  });

  it('run no more than allowed and get no further ahead', async () => {
    let running = 0;
    let runningMax = 0;
    let produced = 0;
    const task = async function* (): AsyncGenerator<number> {
      runningMax = Math.max(runningMax, ++running);
      for (let value = 0; value < 50; value++) {
        await tick();
        produced++;
        yield value;
      }
      running--;
    };
    let consumed = 0;
    for await (const value of mergeStreams(
      Array.from({ length: 6 }, () => task),
      limits,
    )) {
      consumed++;
      assert.ok(value < 50);
      for (let turn = 0; turn < 5; turn++) await tick();
      assert.ok(produced - consumed <= limits.waitingMax + limits.width, `${produced - consumed} ahead`);
    }
    assert.equal(consumed, 300);
    assert.equal(runningMax, 3);
  });

  it('fail with the first failure and begin nothing after it', async () => {
    let begun = 0;
    const good = async function* (): AsyncGenerator<number> {
      begun++;
      await tick();
      yield 1;
    };

    const bad = async function* (): AsyncGenerator<number> {
      await tick();
      throw new Error('broken');
    };
    let stopped = 0;
    const merged = mergeStreams([good, bad, ...Array.from({ length: 100 }, () => good)], {
      ...limits,
      stop: () => stopped++,
    });
    await assert.rejects(async () => {
      for await (const value of merged) assert.equal(value, 1);
    }, /broken/);
    assert.ok(begun < 100);
    assert.ok(stopped <= 1);
  });

  it('stop their tasks when nobody wants more', async () => {
    const abort = new AbortController();
    let ended = 0;
    const endless = async function* (): AsyncGenerator<number> {
      try {
        for (let value = 0; !abort.signal.aborted; value++) {
          await tick();
          yield value;
        }
      } finally {
        ended++;
      }
    };
    for await (const value of mergeStreams([endless, endless], { ...limits, stop: () => abort.abort() })) {
      if (value === 5) break;
    }
    assert.equal(ended, 2);
  });
});
