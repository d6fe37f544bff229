/**
 * Takes the reader's checks out, one by one, and shows for each a vector that notices: `npx tsx scripts/mutate-reader.ts [EVERY]`, where
 * EVERY = 10 takes every tenth. Works on a copy of the sources; ends with 1 where a check is missed by every vector.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { type Mutation, mutations } from './reader-mutations.ts';

const root = path.join(import.meta.dirname, '..');
const RUN_TIMEOUT_MS = 120_000;

/** The first vector that notices, `undefined` where none does. A reader that does not come to an end is noticed, too. */
function firstFailure(copy: string): string | undefined {
  const { stdout, error } = spawnSync(
    process.execPath,
    ['--max-old-space-size=2048', '--import', 'tsx', 'scripts/first-failing-vector.ts'],
    {
      cwd: copy,
      encoding: 'utf8',
      timeout: RUN_TIMEOUT_MS,
      stdio: ['ignore', 'pipe', 'ignore'],
    },
  );
  if (error !== undefined) return '(no end)';
  const [name] = stdout.trim().split('\n');
  return name === '' ? undefined : name;
}

function withoutCheck(copy: string, { file, check, without }: Mutation): string | undefined {
  const target = path.join(copy, 'src/format', file);
  const text = readFileSync(target, 'utf8');
  const parts = text.split(check);
  if (parts.length < 2) {
    throw new Error(`${file} has no longer ${JSON.stringify(check)}: bring the list in step`);
  }
  writeFileSync(target, parts.join(without));
  try {
    return firstFailure(copy);
  } finally {
    writeFileSync(target, text);
  }
}

function main(every: number): number {
  const copy = mkdtempSync(path.join(tmpdir(), 'ptar-mutations-'));
  try {
    for (const part of ['src', 'scripts', 'test/vectors', 'test/format', 'package.json', 'tsconfig.json']) {
      cpSync(path.join(root, part), path.join(copy, part), { recursive: true });
    }
    symlinkSync(path.join(root, 'node_modules'), path.join(copy, 'node_modules'), 'junction');
    const before = firstFailure(copy);
    if (before !== undefined) throw new Error(`the reader fails ${before} as it is`);
    const chosen = mutations.filter((_, index) => index % every === 0);
    let survivors = 0;
    for (const mutation of chosen) {
      const killer = withoutCheck(copy, mutation);
      if (killer === undefined) survivors++;
      console.log(`${killer ?? 'SURVIVES'} | ${mutation.file} | ${mutation.check}`);
    }
    console.log(`${chosen.length - survivors} of ${chosen.length} checks are held by a vector`);
    return survivors === 0 ? 0 : 1;
  } finally {
    rmSync(copy, { recursive: true, force: true });
  }
}

process.exitCode = main(Number(process.argv[2] ?? 1));
