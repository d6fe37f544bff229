/** What was measured of one folder. */
import { better, type Measurement } from './measured-run.ts';

/** The steps that are measured, in the order of the tables. */
export const STEPS = ['create', 'check', 'extract', 'browse'] as const;
export type Step = (typeof STEPS)[number];

/** A step that did not come to its end, and why, in one line. */
export interface Failure {
  readonly failure: string;
}

export type Outcome = Measurement | Failure;

/** Of a step that nobody asked for. */
export const NOT_RUN: Failure = { failure: 'not run' };

/** What one program took for one folder. */
export interface ProgramResult {
  readonly name: string;
  readonly steps: Readonly<Record<Step, Outcome>>;
  /** Bytes of the archive; nothing where none was made. */
  readonly size: number | undefined;
}

/** Of several runs of one program, the one of least wall-clock time for each step, with the largest peak of memory; or why one failed. */
export function betterResult(one: ProgramResult, other: ProgramResult | undefined): ProgramResult {
  if (other === undefined) return one;
  const steps = STEPS.map((step) => [step, betterOutcome(one.steps[step], other.steps[step])]);
  return { ...one, steps: Object.fromEntries(steps) as Record<Step, Outcome> };
}

function betterOutcome(one: Outcome, other: Outcome): Outcome {
  if ('failure' in one) return one;
  return 'failure' in other ? other : better(one, other);
}

/** One folder, plain or encrypted. */
export interface FolderResult {
  /** (a), (b), (c). */
  readonly corpus: 'manifests' | 'mixed' | 'tiny';
  readonly what: string;
  readonly count: number;
  /** Bytes of its files. */
  readonly size: number;
  readonly encrypted: boolean;
  /** How often every program ran each step. */
  readonly runs: number;
  /** Reading the folder and writing as many bytes: no program can be faster. */
  readonly limit: Measurement;
  readonly programs: readonly ProgramResult[];
}
