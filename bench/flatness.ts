/** Whether memory stays the same while what is captured grows: ptar's create of mixed files of 1 GiB and of more. */
import { rmSync } from 'node:fs';
import path from 'node:path';
import type { Contestant } from './contestants.ts';
import { writeMixedFiles } from './corpus.ts';
import { better } from './measured-run.ts';

/** One create. */
export interface FlatnessPoint {
  readonly gib: number;
  /** Peak after the key was there, the largest of {@link ROUNDS}. */
  readonly memoryBytes: number;
  /** The least of them. */
  readonly wallMs: number;
}

/** When garbage is collected differs from run to run, and the peak with it. */
const ROUNDS = 3;

/**
 * Creates archives of 1 and of `gib` GiB; the second is what `points` ends with.
 * @param work for the files and the archive, which need 1.5 times `gib` GiB and are removed
 */
export async function measureFlatness(ptar: Contestant, gib: number, work: string): Promise<FlatnessPoint[]> {
  const points: FlatnessPoint[] = [];
  for (const size of [1, gib]) {
    const folder = path.join(work, 'folder');
    try {
      writeMixedFiles(folder, size * 2 ** 30);
      const task = { folder, file: '', encrypted: true, work };
      let best = await ptar.create(task);
      for (let round = 1; round < ROUNDS; round++) best = better(best, await ptar.create(task));
      points.push({ gib: size, memoryBytes: best.memoryBytes, wallMs: best.wallMs });
    } finally {
      rmSync(work, { recursive: true, force: true });
    }
  }
  return points;
}
