/** Prints the first vector that the reader of this very tree does not judge as expected, or nothing: run by `scripts/mutate-reader.ts`. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { portablePrimitives } from '../src/format/portable-primitives.ts';
import { isAsExpected, judge } from '../test/vectors/judgement.ts';
import { parseVector, type Vector } from '../test/vectors/vector-file.ts';

async function isRight(vector: Vector): Promise<boolean> {
  try {
    return isAsExpected(vector, await judge(vector, portablePrimitives));
  } catch {
    return false;
  }
}

const directory = path.join(import.meta.dirname, '../test/vectors');
for (const name of readdirSync(directory).filter((each) => each.endsWith('.vec'))) {
  const vector = parseVector(readFileSync(path.join(directory, name), 'utf8'));
  if (await isRight(vector)) continue;
  console.log(vector.name);
  break;
}
