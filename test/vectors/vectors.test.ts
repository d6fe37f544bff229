/** Our reader against every vector: it gets exactly as far as the vector says, with the error or the tree that it says. */
import assert from 'node:assert/strict';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { portablePrimitives } from '../../src/format/portable-primitives.ts';
import type { Primitives } from '../../src/format/ports.ts';
import { nodePrimitives } from '../../src/platform/node/primitives.ts';
import { describeJudgement, judge, type Judgement } from './judgement.ts';
import { parseVector, type Vector } from './vector-file.ts';

const directory = import.meta.dirname;
const names = readdirSync(directory)
  .filter((name) => name.endsWith('.vec'))
  .map((name) => name.slice(0, -4));

function read(name: string): Vector {
  return parseVector(readFileSync(path.join(directory, `${name}.vec`), 'utf8'));
}

/** Codes of errors that name no section of the specification: they are not the archive's. */
const WITHOUT_SECTION = /^(KEY_|NOT_FOUND_)/;

describe('vectors', () => {
  it('are many in each area', () => {
    const counts = new Map<string, number>();
    for (const name of names) {
      const area = name.slice(0, name.indexOf('_'));
      counts.set(area, (counts.get(area) ?? 0) + 1);
    }
    assert.equal(counts.size, 16);
    for (const [area, count] of counts) assert.ok(count >= 12, `${count} of ${area}`);
  });

  for (const [label, primitives] of [
    ['Node', nodePrimitives],
    ['portable', portablePrimitives],
  ] as const) {
    describe(`with the primitives of ${label}`, () => {
      for (const name of names) it(name, () => holds(name, primitives));
    });
  }
});

async function holds(name: string, primitives: Primitives): Promise<void> {
  const vector = read(name);
  assert.equal(vector.name, name);
  const { error, layer, tree, findings, text } = await judged(vector, primitives);
  const { expect } = vector;
  if ('tree' in expect) {
    assert.equal(error, undefined, text);
    assert.deepEqual([...tree].sort(), [...expect.tree].sort());
    return;
  }
  assert.equal(layer, expect.layer, text);
  assert.ok(error !== undefined);
  if (expect.layer === 'check') {
    assert.ok(findings.includes(expect.error), text);
    return;
  }
  assert.equal(error.code, expect.error, text);
  if (!WITHOUT_SECTION.test(expect.error)) assert.equal(error.section, expect.section, text);
  assert.match(error.message, /^[^\n]+$/);
  // Whatever stops a reader, a full check finds, too.
  if (expect.layer !== 'open') assert.ok(findings.length > 0, text);
}

async function judged(
  vector: Vector,
  primitives: Primitives,
): Promise<Judgement & { readonly text: string }> {
  const judgement = await judge(vector, primitives);
  return { ...judgement, text: describeJudgement(judgement) };
}
