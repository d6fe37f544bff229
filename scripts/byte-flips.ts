/**
 * `npx tsx scripts/byte-flips.ts [FIXTURE …]`: changes bytes of the fixtures and prints who notices. Of the `basic` ones every byte, in
 * three ways; of the others every byte of structure and 20 000 others. Takes minutes; exits with 1 where a change goes unnoticed.
 */
import { readFile } from 'node:fs/promises';
import { fixtures } from '../test/format/fixtures.ts';
import { FlippedArchive, type FlipOutcome } from '../test/fuzz/byte-flips.ts';
import { archiveKeyOf } from '../test/fuzz/fixture-keys.ts';
import { Random } from '../test/fuzz/random.ts';

const OTHER_FLIPS = 20_000;
const MASKS = [0x01, 0x80, 0xff];

const names = process.argv.slice(2);
let undetected = 0;
console.log('fixture               bytes     flips      open     check  harmless  undetected  seconds');
for (const { name, archive: path } of fixtures) {
  if (names.length > 0 && !names.includes(name)) continue;
  const startedMs = performance.now();
  const archive = new FlippedArchive(await readFile(path), archiveKeyOf(name));
  const counts: Record<FlipOutcome, number> = { open: 0, check: 0, harmless: 0, undetected: 0 };
  for await (const [offset, mask] of flipsOf(name, archive)) {
    const outcome = await archive.flip(offset, mask);
    counts[outcome]++;
    if (outcome === 'undetected' || outcome === 'harmless') {
      console.log(`  byte ${offset} ^ ${mask}: ${outcome}`);
    }
  }
  undetected += counts.undetected;
  const flips = Object.values(counts).reduce((sum, count) => sum + count, 0);
  const seconds = (performance.now() - startedMs) / 1000;
  const cells = [archive.length, flips, counts.open, counts.check, counts.harmless];
  console.log(
    `${name.padEnd(20)}${cells.map((cell) => String(cell).padStart(10)).join('')}${String(counts.undetected).padStart(12)}${seconds.toFixed(0).padStart(9)}`,
  );
}
process.exitCode = undetected > 0 ? 1 : 0;

async function* flipsOf(
  name: string,
  archive: FlippedArchive,
): AsyncGenerator<readonly [offset: number, mask: number]> {
  if (name.startsWith('basic')) {
    for (let offset = 0; offset < archive.length; offset++) for (const mask of MASKS) yield [offset, mask];
    return;
  }
  const random = new Random(1);
  for (const offset of await archive.structuralOffsets()) yield [offset, 1 + random.below(255)];
  for (let flip = 0; flip < OTHER_FLIPS; flip++) yield [random.below(archive.length), 1 + random.below(255)];
}
