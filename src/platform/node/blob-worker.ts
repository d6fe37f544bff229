/** What runs in a worker thread of `blob-threads.ts`: names, encodes and decodes batches under the settings of the archives that are open. */
import { parentPort } from 'node:worker_threads';
import { decodeBatch, encodeBatch, nameBatch } from '../../format/blob-batch.ts';
import type { BlobCodec } from '../../format/blob-codec.ts';
import type { BlobBatch, CodecSettings, MacKey, StoredBatch, UnnamedBatch } from '../../format/ports.ts';
import { byteEntropy } from '../../kernels/index.ts';
import { BufferShelf } from './buffer-shelf.ts';
import { fastCodec, fastMacKey } from './fast-codec.ts';

/** What there is to do with a batch. Buffers are handed over: that of the batch, and one that its result may be written to. */
interface BatchRequest<Kind, Batch> {
  readonly kind: Kind;
  readonly user: number;
  readonly job: number;
  readonly batch: Batch;
  readonly spare: ArrayBuffer | undefined;
}

/** What a thread is asked. `user` is an archive. */
export type BlobRequest =
  | { readonly kind: 'open'; readonly user: number; readonly settings: CodecSettings }
  | BatchRequest<'name', UnnamedBatch>
  | BatchRequest<'encode', BlobBatch>
  | BatchRequest<'decode', StoredBatch>
  | { readonly kind: 'close'; readonly user: number };

/** What a thread answers. */
type WorkRequest = Extract<BlobRequest, { readonly job: number }>;

/** What a thread says: once that it is there, then an answer to every job. */
export type BlobAnswer =
  | { readonly kind: 'ready' }
  | {
      readonly kind: 'done';
      readonly job: number;
      readonly batch: BlobBatch;
      /** Buffers that are left over, to be used again. */
      readonly spare: readonly ArrayBuffer[];
    }
  | { readonly kind: 'failed'; readonly job: number; readonly error: Error };

interface User {
  readonly settings: CodecSettings;
  readonly codec: BlobCodec;
  readonly mac: MacKey;
}

const users = new Map<number, User>();
/** For one batch: what is left goes back with the answer, for whoever asks knows better what sizes are used next. */
const shelf = new BufferShelf(32 * 1024 * 1024);

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
    case 'name':
    case 'encode':
    case 'decode':
      work(request);
  }
}

function work(request: WorkRequest): void {
  const { job, spare } = request;
  try {
    if (spare !== undefined) shelf.give(spare);
    const batch = result(request);
    const left = shelf.clear();
    const answer = { kind: 'done', job, batch, spare: left } satisfies BlobAnswer;
    parentPort?.postMessage(answer, [batch.bytes.buffer, ...left]);
  } catch (error) {
    parentPort?.postMessage({ kind: 'failed', job, error: error as Error } satisfies BlobAnswer);
  }
}

function result(request: WorkRequest): BlobBatch {
  const user = users.get(request.user);
  if (user === undefined) throw new Error('work for an archive that is not open');
  const { kind, batch } = request;
  switch (kind) {
    case 'name':
      return nameBatch(user.mac, { entropy: byteEntropy }, batch);
    case 'encode':
      return encodeBatch(user.codec.batches, batch, new Uint8Array(batch.bytes.buffer));
    case 'decode': {
      const decoded = decodeBatch(user.codec.batches, user.mac, batch, shelf);
      shelf.give(batch.bytes.buffer);
      return decoded;
    }
  }
}

parentPort?.on('message', answer);
parentPort?.postMessage({ kind: 'ready' } satisfies BlobAnswer);
