/** What runs in a worker thread of `blob-threads.ts`: encodes and decodes batches under the settings of the archives that are open. */
import { parentPort } from 'node:worker_threads';
import { decodeBatch, encodeBatch } from '../../format/blob-batch.ts';
import type { BlobCodec } from '../../format/blob-codec.ts';
import type { BlobBatch, CodecSettings, MacKey, StoredBatch } from '../../format/ports.ts';
import { BufferShelf } from './buffer-shelf.ts';
import { fastCodec, fastMacKey } from './fast-codec.ts';

/** What a thread is asked. `user` is an archive. Buffers of batches are handed over. */
export type BlobRequest =
  | { readonly kind: 'open'; readonly user: number; readonly settings: CodecSettings }
  | { readonly kind: 'encode'; readonly user: number; readonly job: number; readonly batch: BlobBatch }
  | { readonly kind: 'decode'; readonly user: number; readonly job: number; readonly batch: StoredBatch }
  | { readonly kind: 'close'; readonly user: number };

/** What a thread says: once that it is there, then an answer to every job. */
export type BlobAnswer =
  | { readonly kind: 'ready' }
  | { readonly kind: 'done'; readonly job: number; readonly batch: BlobBatch }
  | { readonly kind: 'failed'; readonly job: number; readonly error: Error };

interface User {
  readonly settings: CodecSettings;
  readonly codec: BlobCodec;
  readonly mac: MacKey;
}

const users = new Map<number, User>();
/** The input of one batch that is decoded is the output of the next; more is only needed where their sizes differ. */
const shelf = new BufferShelf(4 * 1024 * 1024);

function answer(request: BlobRequest): void {
  switch (request.kind) {
    case 'open': {
      const { settings } = request;
      const mac = fastMacKey(settings.hashing, settings.macKey);
      users.set(request.user, { settings, mac, codec: fastCodec(settings) });
      return;
    }
    case 'close': {
      const settings = users.get(request.user)?.settings;
      settings?.macKey.fill(0);
      settings?.archiveKey?.fill(0);
      users.delete(request.user);
      return;
    }
    case 'encode':
    case 'decode':
      work(request);
  }
}

function work(request: Extract<BlobRequest, { readonly kind: 'encode' | 'decode' }>): void {
  const { job } = request;
  try {
    const batch = result(request);
    parentPort?.postMessage({ kind: 'done', job, batch } satisfies BlobAnswer, [batch.bytes.buffer]);
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', job, error: error as Error } satisfies BlobAnswer);
  }
}

function result(request: Extract<BlobRequest, { readonly kind: 'encode' | 'decode' }>): BlobBatch {
  const user = users.get(request.user);
  if (user === undefined) throw new Error('work for an archive that is not open');
  if (request.kind === 'decode') {
    const decoded = decodeBatch(user.codec.batches, user.mac, request.batch, shelf);
    shelf.give(request.batch.bytes.buffer);
    return decoded;
  }
  return encodeBatch(user.codec.batches, request.batch, new Uint8Array(request.batch.bytes.buffer));
}

parentPort?.on('message', answer);
parentPort?.postMessage({ kind: 'ready' } satisfies BlobAnswer);
