/** The generated module is what the compiler makes of the sources, and the loader keeps to the module's memory. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { compileKernels } from '../../scripts/build-kernels.ts';
import { kernelInstance } from '../../src/kernels/instance.ts';

describe('kernel module', () => {
  it('is what `tsx scripts/build-kernels.ts` writes', async function () {
    this.timeout(180_000); // the compiler, on a busy machine
    const committed = await readFile(new URL('../../src/kernels/module.ts', import.meta.url), 'utf8');
    const built = await compileKernels();
    assert.ok(
      committed === built,
      'src/kernels/module.ts is not what its sources give: run tsx scripts/build-kernels.ts',
    );
  });

  it('refuses input that does not fit', () => {
    const kernel = kernelInstance();
    const { INPUT_LENGTH } = kernel.places;
    kernel.writeInput(new Uint8Array(INPUT_LENGTH));
    assert.throws(() => kernel.writeInput(new Uint8Array(INPUT_LENGTH + 1)), RangeError);
  });
});
