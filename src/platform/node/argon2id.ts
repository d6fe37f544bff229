/**
 * Argon2id (RFC 9106) away from the main thread, which must stay live for the second or two that it takes: natively where Node has it,
 * otherwise in wasm in a worker thread, whose memory is given back with the thread.
 */
import * as crypto from 'node:crypto';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import type { IArgon2Options } from 'hash-wasm';
import { KeyError } from '../../errors.ts';
import type { Argon2idCost } from '../../format/ports.ts';
import { keepLimit } from './garbage-limit.ts';

/** `crypto.argon2` of Node 24.7 and newer. */
type NativeArgon2 = (
  algorithm: 'argon2id',
  parameters: {
    readonly message: Uint8Array;
    readonly nonce: Uint8Array;
    readonly passes: number;
    /** KiB */
    readonly memory: number;
    readonly parallelism: number;
    readonly tagLength: number;
  },
  callback: (error: Error | null, key: Buffer) => void,
) => void;

/**
 * The worker: computes one key and ends. A text rather than a file of its own, so that it runs alike from the sources, built, and
 * bundled; it is told where hash-wasm lies, because a text has no place to resolve names from.
 */
const WORKER = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { argon2id } = require(workerData.hashWasm);
  argon2id(workerData.options)
    .then((key) => parentPort.postMessage({ key }), ({ message }) => parentPort.postMessage({ message }));
`;

/** What the worker answers: the key, or why there is none. */
type Answer = { readonly key: Uint8Array } | { readonly message: string };

/** The key for `passphrase`. @throws KeyError KEY_COST where the machine does not have the memory */
export function argon2id(cost: Argon2idCost, passphrase: Uint8Array): Promise<Uint8Array> {
  const native = (crypto as { readonly argon2?: NativeArgon2 }).argon2;
  return native === undefined ? argon2idInWorker(cost, passphrase) : natively(native, cost, passphrase);
}

function natively(native: NativeArgon2, cost: Argon2idCost, passphrase: Uint8Array): Promise<Uint8Array> {
  const parameters = {
    message: passphrase,
    nonce: cost.salt,
    passes: cost.iterations,
    memory: cost.memoryKiB,
    parallelism: cost.parallelism,
    tagLength: cost.keyLength,
  };
  return new Promise((resolve, reject) => {
    native('argon2id', parameters, (error, key) => {
      if (error === null) resolve(key);
      else reject(tooCostly(cost, error));
    });
  });
}

/** The wasm way; its test must reach it on every version of Node. */
export function argon2idInWorker(cost: Argon2idCost, passphrase: Uint8Array): Promise<Uint8Array> {
  const options: IArgon2Options & { outputType: 'binary' } = {
    password: passphrase,
    salt: cost.salt,
    iterations: cost.iterations,
    memorySize: cost.memoryKiB,
    parallelism: cost.parallelism,
    hashLength: cost.keyLength,
    outputType: 'binary',
  };
  const workerData = { hashWasm: createRequire(import.meta.url).resolve('hash-wasm'), options };
  const worker = new Worker(WORKER, { eval: true, workerData });
  worker.once('online', keepLimit);
  return new Promise((resolve, reject) => {
    worker.once('message', (answer: Answer) => {
      if ('key' in answer) resolve(answer.key);
      else reject(tooCostly(cost, answer.message));
    });
    worker.once('error', (error) => {
      reject(tooCostly(cost, error));
    });
    worker.once('exit', () => {
      reject(tooCostly(cost, 'the worker ended without an answer'));
    });
  });
}

function tooCostly(cost: Argon2idCost, cause: unknown): KeyError {
  return new KeyError(
    'KEY_COST',
    `Argon2id did not get the ${Math.ceil(cost.memoryKiB / 1024)} MiB of memory that this archive's key needs: free some and try again`,
    { cause },
  );
}
