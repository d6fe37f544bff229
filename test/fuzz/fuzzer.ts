/**
 * The fuzzing loop: mutate an input that reached something new, run it, keep it where it reached something new again. Counters
 * that ran for the first time, or a power of two more often than before, are new.
 */
import { INPUT_LENGTH_MAX, mutate } from './mutation.ts';
import { Random } from './random.ts';

/** What one input is run on. */
export interface FuzzTarget {
  readonly run: (input: Uint8Array) => void | Promise<void>;
  readonly isExpected: (error: unknown) => boolean;
  /** Cleared and read around every run. */
  readonly hits: Uint32Array;
  readonly seeds: readonly Uint8Array[];
  readonly tokens: readonly Uint8Array[];
}

/** An input that the target must not react to like this. */
export interface Crash {
  readonly input: Uint8Array;
  readonly problem: string;
}

/** What a run came to. */
export interface FuzzReport {
  readonly executions: number;
  /** Inputs that reached something new. */
  readonly corpus: number;
  /** The counters that ran at least once. */
  readonly reached: readonly number[];
  readonly crashes: readonly Crash[];
}

/** Branches that one input may run: so much plus {@link STEPS_PER_BYTE}. A bound on work that does not depend on the clock. */
const STEPS_BASE = 3_000_000;
/** Decompression gives up to 255 bytes for one, and 4 MiB in all. */
const STEPS_PER_BYTE = 2_000;
/** Bytes of heap and buffers beyond what the process held before, above which an input counts as too hungry. */
const MEMORY_MAX = 512 * 1024 * 1024;
const CRASHES_MAX = 20;
/** From 128 times on, more is not new: otherwise inputs would only grow. */
const BUCKET_MAX = 8;

function memoryInUse(): number {
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
}

/** Fuzzes one target. Equal seeds and executions give equal runs. */
export class Fuzzer {
  readonly #target: FuzzTarget;
  readonly #random: Random;
  readonly #corpus: Uint8Array[] = [];
  readonly #buckets: Uint8Array;
  readonly #crashes = new Map<string, Crash>();
  readonly #memoryBefore = memoryInUse();
  #executions = 0;

  constructor(target: FuzzTarget, seed: number) {
    this.#target = target;
    this.#random = new Random(seed);
    this.#buckets = new Uint8Array(target.hits.length);
  }

  /** Runs until `isEnough` says so. `onInput` sees every input before it is run. */
  async run(
    isEnough: (executions: number) => boolean,
    onInput: (input: Uint8Array) => void = () => undefined,
  ): Promise<FuzzReport> {
    for (const seed of this.#target.seeds) {
      if (seed.length <= INPUT_LENGTH_MAX) await this.#try(seed, onInput);
    }
    if (this.#corpus.length === 0) this.#corpus.push(new Uint8Array());
    while (!isEnough(this.#executions) && this.#crashes.size < CRASHES_MAX) {
      // Every other input is one of the newest, where there is more to find.
      const recent = Math.max(0, this.#corpus.length - 32);
      const from = this.#random.below(2) === 0 ? recent : 0;
      const parent = this.#corpus[from + this.#random.below(this.#corpus.length - from)]!;
      const input = mutate(parent, this.#random, this.#random.pick(this.#corpus), this.#target.tokens);
      await this.#try(input, onInput);
    }
    return {
      executions: this.#executions,
      corpus: this.#corpus.length,
      reached: [...this.#buckets.keys()].filter((counter) => this.#buckets[counter]! > 0),
      crashes: [...this.#crashes.values()],
    };
  }

  /** Runs one input. @returns what is wrong with how it ended, if anything */
  async execute(input: Uint8Array): Promise<string | undefined> {
    const { run, isExpected, hits } = this.#target;
    hits.fill(0);
    let problem: string | undefined;
    try {
      // The target may not change what it is given.
      await run(Uint8Array.from(input));
    } catch (error) {
      problem = problemOf(error, isExpected);
    }
    const steps = hits.reduce((sum, count) => sum + count, 0);
    if (steps > STEPS_BASE + STEPS_PER_BYTE * input.length) problem ??= `too much work: ${steps} steps`;
    return problem;
  }

  async #try(input: Uint8Array, onInput: (input: Uint8Array) => void): Promise<void> {
    onInput(input);
    this.#executions++;
    let problem = await this.execute(input);
    if (this.#executions % 64 === 0) {
      const taken = memoryInUse() - this.#memoryBefore;
      if (taken > MEMORY_MAX) problem ??= `too much memory: ${taken} bytes`;
    }
    if (problem !== undefined) {
      const known = this.#crashes.get(problem);
      if (known === undefined || known.input.length > input.length) {
        this.#crashes.set(problem, { input, problem });
      }
    }
    if (this.#isNew()) this.#corpus.push(input);
  }

  #isNew(): boolean {
    const { hits } = this.#target;
    let isNew = false;
    for (let index = 0; index < hits.length; index++) {
      const count = hits[index]!;
      if (count === 0) continue;
      const bucket = Math.min(BUCKET_MAX, 33 - Math.clz32(count));
      if (bucket <= this.#buckets[index]!) continue;
      this.#buckets[index] = bucket;
      isNew = true;
    }
    return isNew;
  }
}

/** Messages of foreign errors without what varies, so that equal problems count as one. */
function problemOf(error: unknown, isExpected: (error: unknown) => boolean): string | undefined {
  try {
    if (isExpected(error)) return undefined;
  } catch (unfit) {
    return `an unfit error: ${String(unfit).split('\n')[0]}`;
  }
  if (!(error instanceof Error)) return `thrown: ${String(error)}`;
  const place = /\((.*?:\d+:\d+)\)/.exec(error.stack ?? '')?.[1] ?? '';
  return `${error.name}: ${error.message.split('\n')[0]?.replace(/\d+/g, 'N')} at ${place}`;
}
