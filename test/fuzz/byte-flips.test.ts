/** A part of the flips of `scripts/byte-flips.ts`, which changes every byte: each is noticed, or changes nothing that is read. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { fixtures } from '../format/fixtures.ts';
import { FlippedArchive } from './byte-flips.ts';
import { archiveKeyOf } from './fixture-keys.ts';
import { Random } from './random.ts';

const STRUCTURAL_FLIPS = 250;
const OTHER_FLIPS = 80;

describe('a changed byte', () => {
  for (const fixture of fixtures.filter(({ name }) => !name.startsWith('chunks'))) {
    it(`of ${fixture.name} is noticed`, async () => {
      const archive = new FlippedArchive(await readFile(fixture.archive), archiveKeyOf(fixture.name));
      const random = new Random(archive.length);
      const structural = await archive.structuralOffsets();
      const offsets = [
        ...Array.from({ length: STRUCTURAL_FLIPS }, () => random.pick(structural)),
        ...Array.from({ length: OTHER_FLIPS }, () => random.below(archive.length)),
        ...structural.slice(0, 12),
        ...structural.slice(-48),
      ];
      for (const offset of offsets) {
        const mask = 1 + random.below(255);
        const outcome = await archive.flip(offset, mask);
        assert.ok(outcome === 'open' || outcome === 'check', `byte ${offset} ^ ${mask}: ${outcome}`);
      }
    });
  }
});
