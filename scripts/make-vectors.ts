/**
 * Makes the test vectors and the worked example of the specification again: `npx tsx scripts/make-vectors.ts`. Files whose content would be the same stay untouched; files that no
 * generator makes any more are removed.
 */
import { readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { areas } from '../test/vectors/generate/index.ts';
import { workedExample } from '../test/vectors/generate/worked-example.ts';
import { workedExampleText } from '../test/vectors/generate/worked-example-text.ts';
import { formatVector, parseVector, type Vector } from '../test/vectors/vector-file.ts';

const directory = path.join(import.meta.dirname, '../test/vectors');
const left = new Set(readdirSync(directory).filter((name) => name.endsWith('.vec')));

function isSame(file: string, vector: Vector): boolean {
  if (!left.has(file)) return false;
  const stored = parseVector(readFileSync(path.join(directory, file), 'utf8'));
  return JSON.stringify(jsonOf(stored)) === JSON.stringify(jsonOf(vector));
}

function jsonOf({ name, comment, expect, passphrase, key, archive }: Vector): object {
  const [keyHex, archiveHex] = [key, archive].map((bytes) => bytes && Buffer.from(bytes).toString('hex'));
  return { name, comment, expect, passphrase, keyHex, archiveHex };
}

let total = 0;
for (const [area, make] of Object.entries(areas)) {
  let written = 0;
  const vectors = await make();
  for (const vector of vectors) {
    const file = `${vector.name}.vec`;
    if (!isSame(file, vector)) {
      writeFileSync(path.join(directory, file), formatVector(vector));
      written++;
    }
    left.delete(file);
  }
  total += vectors.length;
  console.log(`${area.padEnd(14)} ${String(vectors.length).padStart(3)} vectors, ${written} written`);
}
for (const file of left) rmSync(path.join(directory, file));
console.log(`${total} in all, ${left.size} removed`);

const specification = path.join(import.meta.dirname, '../spec/ptar-format.md');
const [text = ''] = readFileSync(specification, 'utf8').split('\n## Example\n');
const example = await workedExampleText(await workedExample());
writeFileSync(specification, `${text}\n## Example\n\n${example.trimEnd()}\n`);
console.log('spec/ptar-format.md: Example');
