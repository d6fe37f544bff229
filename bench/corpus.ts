/** Folders to capture, the same in every run: generated manifests, mixed files. */
import { mkdirSync, writeFileSync } from 'node:fs';
import path from 'node:path';

/** A generator of 32-bit numbers (xorshift32) that gives the same sequence in every run. */
function* numbers(seed: number): Generator<number, never> {
  let state = seed >>> 0 || 1;
  for (;;) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    yield (state >>>= 0);
  }
}

const KINDS = ['ConfigMap', 'Deployment', 'Service', 'Secret', 'Pod'];
const WORDS =
  'app web api cache queue worker config replicas image port name value label release chart tier zone node'.split(
    ' ',
  );

/** Writes `count` manifests of about 1.7 KB in Plakar's layout below `folder`. @returns their bytes in all */
export function writeManifests(folder: string, count: number): number {
  const random = numbers(7);
  let size = 0;
  for (let index = 0; index < count; index++) {
    const kind = KINDS[index % KINDS.length] ?? '';
    const namespace = `team-${Math.floor(index / 500)}`;
    const directory = path.join(folder, namespace, '_', kind, 'v1');
    if (index % 500 < KINDS.length) mkdirSync(directory, { recursive: true });
    const text = manifest(kind, namespace, index, random);
    size += text.length;
    writeFileSync(path.join(directory, `object-${index}.yaml`), text);
  }
  return size;
}

function manifest(kind: string, namespace: string, index: number, random: Iterator<number>): string {
  const lines = [
    `apiVersion: v1`,
    `kind: ${kind}`,
    'metadata:',
    `  name: object-${index}`,
    `  namespace: ${namespace}`,
  ];
  lines.push(
    `  uid: ${hex(random)}${hex(random)}-${hex(random)}`,
    `  resourceVersion: "${next(random)}"`,
    'data:',
  );
  for (let line = 0; line < 38; line++) {
    const word = WORDS[next(random) % WORDS.length] ?? '';
    const value = WORDS[next(random) % WORDS.length] ?? '';
    lines.push(
      `  ${word}-${line}: ${value}-${next(random) % 1000} ${line % 7 === 0 ? hex(random) : WORDS[line % WORDS.length]}`,
    );
  }
  return `${lines.join('\n')}\n`;
}

function next(random: Iterator<number>): number {
  return random.next().value as number;
}

function hex(random: Iterator<number>): string {
  return next(random).toString(16).padStart(8, '0');
}
