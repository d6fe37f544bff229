import { setTimeout as sleep } from 'node:timers/promises';
import { CancelledError, ConnectorError, isPtarError, throwIfCancelled } from '../../errors.ts';
import { errorCode } from '../cluster-client/api-error.ts';
import type { RequestTimeouts } from '../cluster-client/dispatcher.ts';
import {
  ESTABLISHED,
  FIRST_CONTACT,
  retryDelayMs,
  type RetryLimits,
} from '../cluster-client/retry-policy.ts';
import type { HttpAddress } from './http-address.ts';
import { discard, HttpClient, type HttpAnswer } from './http-client.ts';
import { changedError, noRangesError, shortError, statusError, transportError } from './http-error.ts';
import {
  type FileVersion,
  ifRange,
  isSameVersion,
  parseContentRange,
  parseUnsatisfiedRange,
  versionOf,
} from './http-version.ts';

/** How to reach a remote file. */
export interface HttpFileOptions {
  /** Ends every request, also those of later reads. */
  readonly signal?: AbortSignal;
  readonly timeouts?: Partial<RequestTimeouts>;
  /** How long to go on with a server that has answered once. */
  readonly retries?: RetryLimits;
}

const DEFAULT_TIMEOUTS: RequestTimeouts = {
  connectTimeoutMs: 10_000,
  headersTimeoutMs: 30_000,
  bodyTimeoutMs: 30_000,
};
/** One attempt at 8 MiB: a server that trickles is given up below 28 KB/s. */
const ATTEMPT_TIMEOUT_MS = 5 * 60_000;
/** An answer of this many bytes (or all that are left) counts as progress. */
const PROGRESS_LENGTH_MIN = 4096;
const UNSENT_CODES: readonly string[] = ['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'UND_ERR_CONNECT_TIMEOUT'];

/** What one attempt came to: bytes received, and why there are no more where not all were. */
interface Attempt {
  readonly received: number;
  readonly error?: Error;
  readonly retryAfterSeconds?: number;
  readonly unsent?: boolean;
}

/** One version of a file on a server, read range by range. Errors are those of `openHttpSource`. */
export class HttpFile {
  readonly #name: string;
  readonly #client: HttpClient;
  readonly #signal: AbortSignal | undefined;
  readonly #closing = new AbortController();
  readonly #retries: RetryLimits | undefined;
  #version: FileVersion | undefined;

  constructor(address: HttpAddress, options: HttpFileOptions) {
    this.#name = address.name;
    this.#client = new HttpClient(address, { ...DEFAULT_TIMEOUTS, ...options.timeouts });
    this.#signal = options.signal;
    this.#retries = options.retries;
  }

  get size(): number {
    return this.#version?.size ?? 0;
  }

  /** Learns size and version. @returns the first bytes, up to `length` */
  async open(length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    const received = await this.#fill(0, bytes);
    return bytes.subarray(0, received);
  }

  /** Exactly `length` bytes at `offset`. */
  async fetch(offset: number, length: number): Promise<Uint8Array> {
    const bytes = new Uint8Array(length);
    await this.#fill(offset, bytes);
    return bytes;
  }

  async close(): Promise<void> {
    this.#closing.abort();
    await this.#client.close();
  }

  /** Fills `bytes` from `offset` on, attempt by attempt, each going on where the last one stopped. @returns bytes there are */
  async #fill(offset: number, bytes: Uint8Array): Promise<number> {
    const startedMs = performance.now();
    let done = 0;
    let mayRelocate = true;
    for (let attempt = 1; ; attempt++) {
      throwIfCancelled(this.#signal);
      const outcome = await this.#attempt(offset + done, bytes.subarray(done));
      done += outcome.received;
      const end = Math.min(bytes.length, this.size - offset);
      if (this.#version !== undefined && done >= end) return Math.max(0, end);
      const { error } = outcome;
      // A server may send less than it was asked for; that is progress, not failure, unless it is next to nothing.
      if (error === undefined && outcome.received >= PROGRESS_LENGTH_MIN) {
        attempt = 0;
        continue;
      }
      if (error !== undefined && !isRetryable(error)) {
        if (!mayRelocate || !isRefusal(error) || !this.#client.forgetRedirects()) throw error;
        mayRelocate = false;
        continue;
      }
      await this.#pause(outcome, attempt, performance.now() - startedMs);
    }
  }

  async #pause(outcome: Attempt, attempt: number, elapsedMs: number): Promise<void> {
    const limits = this.#version === undefined ? FIRST_CONTACT : (this.#retries ?? ESTABLISHED);
    const error = outcome.error ?? shortError(this.#name);
    const failure = {
      // 408 is as passing as 429, which the policy knows.
      status: error instanceof ConnectorError && error.status === 408 ? 429 : statusOf(error),
      retryAfterSeconds: outcome.retryAfterSeconds,
      unsent: outcome.unsent ?? false,
    };
    const delayMs = retryDelayMs(failure, true, attempt, elapsedMs, limits, Math.random());
    if (delayMs === undefined) throw error;
    const signal = this.#signalOf();
    await sleep(delayMs, undefined, { signal }).catch(() => {
      throw new CancelledError();
    });
  }

  #signalOf(...more: AbortSignal[]): AbortSignal {
    const signals = [this.#closing.signal, ...more];
    return AbortSignal.any(this.#signal === undefined ? signals : [...signals, this.#signal]);
  }

  async #attempt(offset: number, bytes: Uint8Array): Promise<Attempt> {
    const progress = { received: 0 };
    let answer: HttpAnswer | undefined;
    try {
      const condition = this.#version === undefined ? undefined : ifRange(this.#version);
      answer = await this.#client.get(
        {
          range: `bytes=${offset}-${offset + bytes.length - 1}`,
          ...(condition !== undefined && { 'if-range': condition }),
        },
        this.#signalOf(AbortSignal.timeout(ATTEMPT_TIMEOUT_MS)),
      );
      const expected = this.#expectedLength(answer, offset, bytes.length);
      await receive(answer, bytes.subarray(0, expected), progress);
      if (progress.received < expected) throw shortError(this.#name);
      return progress;
    } catch (error) {
      if (this.#closing.signal.aborted) throw new CancelledError('the archive was closed while it was read');
      const retryAfter = Number(answer?.header('retry-after') ?? Number.NaN);
      return {
        received: progress.received,
        error: isPtarError(error) ? error : transportError(error, this.#name, this.#signal),
        unsent: UNSENT_CODES.includes(errorCode(error)),
        ...(Number.isFinite(retryAfter) && { retryAfterSeconds: Math.max(0, retryAfter) }),
      };
    } finally {
      if (answer !== undefined) discard(answer.body);
    }
  }

  /** Bytes that `answer` holds of the `length` that were asked for; learns or compares the version. */
  #expectedLength({ status, header }: HttpAnswer, offset: number, length: number): number {
    if (status === 416 && parseUnsatisfiedRange(header('content-range')) === 0 && offset === 0) {
      this.#compare(versionOf(header, 0));
      return 0;
    }
    if (status === 416 && this.#version !== undefined) throw changedError(this.#name);
    if (status === 200) {
      const size = Number(header('content-length') ?? this.size);
      if (this.#version !== undefined) this.#compare(versionOf(header, size));
      throw noRangesError(this.#name);
    }
    if (status !== 206) throw statusError(status, this.#name);
    const range = parseContentRange(header('content-range'));
    const isEncoded = (header('content-encoding') ?? 'identity') !== 'identity';
    if (range?.start !== offset || range.end > offset + length || isEncoded) {
      throw new ConnectorError(
        'CONNECTOR_FAILED',
        `${this.#name} answers with other bytes than it was asked for: download the file and open that`,
      );
    }
    this.#compare(versionOf(header, range.size));
    return range.end - range.start;
  }

  #compare(version: FileVersion): void {
    this.#version ??= version;
    if (!isSameVersion(this.#version, version)) throw changedError(this.#name);
  }
}

/** Reads the body into `bytes`, which it has to fill exactly. */
async function receive(answer: HttpAnswer, bytes: Uint8Array, progress: { received: number }): Promise<void> {
  for await (const piece of answer.body as AsyncIterable<Uint8Array>) {
    const room = bytes.length - progress.received;
    bytes.set(piece.subarray(0, room), progress.received);
    progress.received += Math.min(piece.length, room);
    if (piece.length > room) break;
  }
}

function isRetryable(error: Error): boolean {
  return error instanceof ConnectorError && error.retryable;
}

function isRefusal(error: Error): boolean {
  const status = statusOf(error);
  return status === 401 || status === 403 || (isPtarError(error) && error.code === 'NOT_FOUND_ARCHIVE');
}

function statusOf(error: Error): number | undefined {
  return error instanceof ConnectorError ? error.status : undefined;
}
