/** The young generation of a command that captures stays small, also once it has threads. The flag is the whole process's: each in one of its own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MODULE = new URL('../../../src/platform/node/young-generation.ts', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Bytes of the young generation after much that outlives a collection, where `prepare` ran before. */
function youngBytes(prepare: string): number {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    import { keepLimit, limitYoungGeneration } from '${MODULE}';
    ${prepare}
    const kept = [];
    for (let index = 0; index < 1_000_000; index++) kept[index % 20_000] = { index, list: [index] };
    const young = getHeapSpaceStatistics().find((space) => space.space_name === 'new_space');
    console.log(young.space_size);`;
  const node = ['--import', 'tsx', '--input-type=module', '--eval', script];
  return Number(execFileSync(process.execPath, node, { cwd: ROOT, encoding: 'utf8' }));
}

describe('young generation', function () {
  this.timeout(60_000);
  const thread = `await once(new Worker('', { eval: true }), 'exit');`;

  it('grows where nobody limits it, and not where somebody does', () => {
    const unlimited = youngBytes('keepLimit();');
    const limited = youngBytes('limitYoungGeneration();');
    assert.ok(limited <= unlimited / 2, `${limited} of ${unlimited} bytes`);
  });

  it('stays limited when threads have started', () => {
    const unlimited = youngBytes(thread);
    const limited = youngBytes(`limitYoungGeneration(); ${thread} keepLimit();`);
    assert.ok(limited <= unlimited / 2, `${limited} of ${unlimited} bytes`);
  });
});
