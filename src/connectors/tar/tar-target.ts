/** Where a tar goes: a new file, which appears when it is complete, or standard output. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import type { Writable } from 'node:stream';
import { createGzip } from 'node:zlib';
import { CancelledError, ConnectorError } from '../../errors.ts';
import { AtomicFile, exists } from '../atomic-file.ts';
import { systemError, systemErrorName } from '../system-error.ts';

/** Takes a tar's bytes. */
export interface TarTarget {
  /** For people: the path as it was given, or `stdout`. */
  readonly name: string;
  /** Resolves when more may come. @throws ConnectorError; CancelledError where a reader has gone */
  readonly write: (bytes: Uint8Array) => Promise<void>;
  /** Everything is written. @throws as `write` */
  readonly commit: () => Promise<void>;
  /** Leaves nothing behind where that can still be had. */
  readonly abort: () => Promise<void>;
}

/** How to write. */
export interface TarTargetOptions {
  /** Replaces a file that is there. Default: false. */
  readonly overwrite?: boolean;
  /** What `-` writes to. Default: standard output. */
  readonly output?: Writable;
}

/**
 * The tar at `path`, compressed with gzip where the name ends in `.gz` or `.tgz`; `-` is standard output.
 * @throws ConnectorError CONNECTOR_CONFLICT where it exists; CONNECTOR_PERMISSION, CONNECTOR_NO_SPACE, CONNECTOR_IO
 */
export async function openTarTarget(path: string, options: TarTargetOptions = {}): Promise<TarTarget> {
  if (path === '-') return streamTarget('stdout', options.output ?? process.stdout);
  const overwrite = options.overwrite ?? false;
  try {
    if (!overwrite && (await exists(path))) throw existing(path);
    const target = fileTarget(path, await AtomicFile.create(resolve(path)), overwrite);
    return /\.(tgz|gz)$/i.test(path) ? packedTarget(target) : target;
  } catch (error) {
    throw systemError(error, 'cannot create', path);
  }
}

function existing(path: string, cause?: unknown): ConnectorError {
  return new ConnectorError(
    'CONNECTOR_CONFLICT',
    `${path} exists already; choose another name or remove it`,
    {
      cause,
    },
  );
}

function fileTarget(name: string, file: AtomicFile, overwrite: boolean): TarTarget {
  const failed = (error: unknown): never => {
    if (systemErrorName(error) === 'EEXIST') throw existing(name, error);
    throw systemError(error, 'cannot write', name);
  };
  return {
    name,
    write: (bytes) => file.write(bytes).catch(failed),
    commit: () => file.publish({ overwrite, durable: true }).catch(failed),
    abort: () => file.discard(),
  };
}

/** A reader that has gone (`ptar restore … | head`) ends the export like Control-C: nobody wants the rest. */
function streamTarget(name: string, output: Writable): TarTarget {
  const write = (bytes: Uint8Array): Promise<void> =>
    new Promise((done, reject) => {
      output.write(bytes, (error) => {
        if (error === null || error === undefined) done();
        else reject(systemErrorName(error) === 'EPIPE' ? new CancelledError() : streamFailure(name, error));
      });
    });
  return { name, write, commit: () => Promise.resolve(), abort: () => Promise.resolve() };
}

function streamFailure(name: string, error: Error): Error {
  return systemErrorName(error) === undefined
    ? new ConnectorError('CONNECTOR_IO', `cannot write to ${name}; whoever reads it has gone`, {
        cause: error,
      })
    : systemError(error, 'cannot write to', name);
}

function packedTarget(target: TarTarget): TarTarget {
  const gzip = createGzip();
  const flowing = (async () => {
    for await (const bytes of gzip) await target.write(bytes as Uint8Array);
  })();
  flowing.catch(() => undefined);
  return {
    name: target.name,
    write: async (bytes) => {
      if (!gzip.write(bytes)) await Promise.race([once(gzip, 'drain'), flowing]);
    },
    commit: async () => {
      gzip.end();
      await flowing;
      await target.commit();
    },
    abort: async () => {
      gzip.destroy();
      await flowing.catch(() => undefined);
      await target.abort();
    },
  };
}
