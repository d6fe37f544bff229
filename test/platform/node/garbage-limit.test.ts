/** Garbage of a command that captures is collected soon, also once it has threads. The flags are the whole process's: each in one of its own. */
import assert from 'node:assert/strict';
import { execFileSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const MODULE = new URL('../../../src/platform/node/garbage-limit.ts', import.meta.url).href;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

/** Most bytes of the generations while much outlives a collection, where `prepare` ran before. */
function generations(prepare: string): { readonly young: number; readonly old: number } {
  const script = `
    import { getHeapSpaceStatistics } from 'node:v8';
    import { once } from 'node:events';
    import { Worker } from 'node:worker_threads';
    import { keepLimit, limitGarbage } from '${MODULE}';
    ${prepare}
    const kept = [];
    const most = { young: 0, old: 0 };
    const note = (generation, name) => {
      const { space_used_size, space_size } = getHeapSpaceStatistics().find((space) => space.space_name === name);
      most[generation] = Math.max(most[generation], generation === 'young' ? space_size : space_used_size);
    };
    for (let index = 0; index < 4_000_000; index++) {
      kept[index % 200_000] = { index, list: [index] };
      if (index % 10_000 !== 0) continue;
      note('young', 'new_space');
      note('old', 'old_space');
    }
    console.log(JSON.stringify(most));`;
  const node = ['--import', 'tsx', '--input-type=module', '--eval', script];
  return JSON.parse(execFileSync(process.execPath, node, { cwd: ROOT, encoding: 'utf8' })) as ReturnType<
    typeof generations
  >;
}

describe('garbage limit', function () {
  this.timeout(60_000);
  const thread = `await once(new Worker('', { eval: true }), 'exit');`;

  it('keeps both generations small where somebody asks for it, and not where nobody does', () => {
    const unlimited = generations('keepLimit();');
    const limited = generations('limitGarbage();');
    assert.ok(limited.young <= unlimited.young / 2, `young: ${limited.young} of ${unlimited.young} bytes`);
    assert.ok(limited.old <= (unlimited.old * 3) / 4, `old: ${limited.old} of ${unlimited.old} bytes`);
  });

  it('stays when threads have started', () => {
    const unlimited = generations(thread);
    const limited = generations(`limitGarbage(); ${thread} keepLimit();`);
    assert.ok(limited.young <= unlimited.young / 2, `young: ${limited.young} of ${unlimited.young} bytes`);
    assert.ok(limited.old <= (unlimited.old * 3) / 4, `old: ${limited.old} of ${unlimited.old} bytes`);
  });
});
