/**
 * {@link BlobThreads} on worker threads, which all archives of a process share: they start when the first has enough to do and end with
 * the last. A thread keeps the process alive only while it works. Where threads cannot start, their width stays 0, and callers do the
 * work by themselves.
 */
import { availableParallelism } from 'node:os';
import { setImmediate } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import type {
  BlobBatch,
  BlobThreads,
  Buffers,
  CodecSettings,
  NamedBatch,
  StoredBatch,
  ThreadWork,
  UnnamedBatch,
} from '../../format/ports.ts';
import { BufferShelf } from './buffer-shelf.ts';
import type { BlobAnswer, BlobRequest } from './blob-worker.ts';
import { keepLimit } from './garbage-limit.ts';

/** More threads than the one that reads and writes can feed are of no use. */
const THREADS_MAX = 8;

/** Bytes of buffers that are kept for the next batches. */
const KEPT_LENGTH_MAX = 8 * 1024 * 1024;

/** Of a thread: what it makes is garbage as soon as a blob is done, and with more room it would only be collected later. */
const YOUNG_GENERATION_SIZE_MB = 3;

/** Batches of a thread that counts as idle: by the time that it is asked for more, it has done most of one. */
const IDLE_LOAD_MAX = 1;

/** What a thread made of a batch, and buffers that are left over. */
type Done = Extract<BlobAnswer, { readonly kind: 'done' }>;

interface Job {
  readonly resolve: (done: Done) => void;
  readonly reject: (error: Error) => void;
}

/** One worker and what it has been asked. */
class Thread {
  readonly #worker: Worker;
  readonly #jobs = new Map<number, Job>();
  #jobCount = 0;
  isReady = false;

  constructor(file: URL) {
    this.#worker = new Worker(file, {
      resourceLimits: { maxYoungGenerationSizeMb: YOUNG_GENERATION_SIZE_MB },
    });
    this.#worker.unref();
    this.#worker.once('online', keepLimit);
    this.#worker.on('message', (answer: BlobAnswer) => {
      this.#take(answer);
    });
    this.#worker.on('error', (error) => {
      this.#fail(error instanceof Error ? error : new Error(String(error)));
    });
    this.#worker.on('exit', () => {
      this.#fail(new Error('a worker thread has ended before its work'));
    });
  }

  get load(): number {
    return this.#jobs.size;
  }

  ask(request: BlobRequest, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(request, transfer);
  }

  run(request: (job: number) => BlobRequest, transfer: readonly ArrayBuffer[]): Promise<Done> {
    return new Promise((resolve, reject) => {
      const job = this.#jobCount++;
      if (this.#jobs.size === 0) this.#worker.ref();
      this.#jobs.set(job, { resolve, reject });
      this.ask(request(job), transfer);
    });
  }

  async end(): Promise<void> {
    this.isReady = false;
    await this.#worker.terminate();
  }

  #take(answer: BlobAnswer): void {
    if (answer.kind === 'ready') {
      this.isReady = true;
      return;
    }
    const job = this.#jobs.get(answer.job);
    this.#jobs.delete(answer.job);
    if (this.#jobs.size === 0) this.#worker.unref();
    if (answer.kind === 'done') job?.resolve(answer);
    else job?.reject(answer.error);
  }

  #fail(error: Error): void {
    this.isReady = false;
    for (const { reject } of this.#jobs.values()) reject(error);
    this.#jobs.clear();
  }
}

/** The threads of one process. */
class ThreadPool {
  readonly shelf = new BufferShelf(KEPT_LENGTH_MAX);
  /** Archives, and who only holds threads. */
  readonly #users = new Map<number, CodecSettings | undefined>();
  #userCount = 0;
  #threads: Thread[] = [];

  get width(): number {
    let width = 0;
    for (const thread of this.#threads) if (thread.isReady) width++;
    return width;
  }

  get isIdle(): boolean {
    return this.#threads.some(({ isReady, load }) => isReady && load <= IDLE_LOAD_MAX);
  }

  open(settings: CodecSettings | undefined, count: number): number {
    const user = this.#userCount++;
    if (settings !== undefined) {
      for (const thread of this.#threads) thread.ask({ kind: 'open', user, settings });
    }
    this.#users.set(user, settings);
    try {
      while (this.#threads.length < count) this.#threads.push(this.#begin());
    } catch {
      // Bundled without the worker's file: the caller does without.
    }
    return user;
  }

  #begin(): Thread {
    const thread = new Thread(new URL(`./blob-worker${import.meta.url.slice(-3)}`, import.meta.url));
    for (const [user, settings] of this.#users) {
      if (settings !== undefined) thread.ask({ kind: 'open', user, settings });
    }
    return thread;
  }

  run(request: (job: number) => BlobRequest, transfer: readonly ArrayBuffer[]): Promise<Done> | undefined {
    let best: Thread | undefined;
    for (const thread of this.#threads) {
      if (thread.isReady && (best === undefined || thread.load < best.load)) best = thread;
    }
    return best?.run(request, transfer);
  }

  /** Forgets `user`, and ends the threads after the last one. */
  close(user: number): void {
    if (!this.#users.delete(user)) return;
    for (const thread of this.#threads) thread.ask({ kind: 'close', user });
    if (this.#users.size > 0) return;
    for (const thread of this.#threads) void thread.end();
    this.#threads = [];
    this.shelf.clear();
  }
}

const pool = new ThreadPool();

/** The threads for an archive: at most `count`, and one less to encode. */
export function blobThreads(settings: CodecSettings, count = availableParallelism()): BlobThreads {
  return new ArchiveThreads(settings, Math.min(THREADS_MAX, count));
}

/** See `Primitives.holdThreads`. */
export function holdBlobThreads(work: ThreadWork, count = availableParallelism()): () => void {
  const user = pool.open(undefined, threadCount(work, Math.min(THREADS_MAX, count)));
  return () => {
    pool.close(user);
  };
}

/** Who encodes keeps a core for reading, naming and writing. */
function threadCount(work: ThreadWork, count: number): number {
  return work === 'encode' ? Math.max(Math.min(1, count), count - 1) : count;
}

class ArchiveThreads implements BlobThreads {
  readonly #settings: CodecSettings;
  readonly #count: number;
  #user: number | undefined;
  #underWay = 0;
  #isClosed = false;
  /** Bytes of the buffer of the last result: the next is likely to need as much. */
  #resultSize = 0;

  constructor(settings: CodecSettings, count: number) {
    this.#settings = settings;
    this.#count = count;
  }

  get width(): number {
    return this.#user === undefined || this.#isClosed ? 0 : pool.width;
  }

  start(work: ThreadWork): void {
    if (this.#isClosed || this.#count === 0) return;
    this.#user ??= pool.open(this.#settings, threadCount(work, this.#count));
  }

  async pause(): Promise<void> {
    await setImmediate();
  }

  get buffers(): Buffers {
    return pool.shelf;
  }

  get isIdle(): boolean {
    return this.width > 0 && pool.isIdle;
  }

  name(batch: UnnamedBatch): Promise<NamedBatch> {
    return this.#run('name', batch) as Promise<NamedBatch>;
  }

  encode(batch: BlobBatch): Promise<BlobBatch> {
    return this.#run('encode', batch);
  }

  decode(batch: StoredBatch): Promise<BlobBatch> {
    return this.#run('decode', batch);
  }

  close(): void {
    this.#isClosed = true;
    this.#closeIfIdle();
  }

  async #run(kind: 'name' | 'encode' | 'decode', batch: BlobBatch): Promise<BlobBatch> {
    const user = this.#user ?? 0;
    this.#underWay++;
    try {
      // What is named or encoded stays where it is.
      const spare = kind === 'decode' ? pool.shelf.takeKept(this.#resultSize) : undefined;
      const transfer = spare === undefined ? [batch.bytes.buffer] : [batch.bytes.buffer, spare];
      const running = pool.run((job) => ({ kind, user, job, batch, spare }) as BlobRequest, transfer);
      if (running === undefined) throw new Error('no worker thread is there any more');
      const done = await running;
      this.#resultSize = done.batch.bytes.buffer.byteLength;
      for (const buffer of done.spare) pool.shelf.give(buffer);
      return done.batch;
    } finally {
      this.#underWay--;
      if (this.#isClosed) this.#closeIfIdle();
    }
  }

  #closeIfIdle(): void {
    if (this.#underWay > 0 || this.#user === undefined) return;
    pool.close(this.#user);
    this.#user = undefined;
  }
}
