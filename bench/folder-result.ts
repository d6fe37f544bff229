/** What was measured of one folder. */
import type { Measurement } from './measured-run.ts';

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
