/** Where a tar goes: a new file, which appears when it is complete, or standard output. */
import { once } from 'node:events';
import { resolve } from 'node:path';
import { createGzip } from 'node:zlib';
import { ConnectorError, UsageError } from '../../errors.ts';
import { AtomicFile, exists } from '../atomic-file.ts';
import { systemError, systemErrorName } from '../system-error.ts';

/** Takes a tar's bytes. */
export interface TarTarget {
  /** For people: the path as it was given, or `stdout`. */
  readonly name: string;
  /** Resolves when more may come. @throws ConnectorError; of standard output what that throws */
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
  /** What `-` writes to; resolves when more may come. */
  readonly writeOut?: (bytes: Uint8Array) => Promise<void>;
}

/**
 * The tar at `path`, compressed with gzip where the name ends in `.gz` or `.tgz`; `-` is standard output.
 * @throws UsageError for `-` where there is no standard output; ConnectorError CONNECTOR_CONFLICT where the file exists;
 * CONNECTOR_PERMISSION, CONNECTOR_NO_SPACE, CONNECTOR_IO
 */
export async function openTarTarget(path: string, options: TarTargetOptions = {}): Promise<TarTarget> {
  if (path === '-') return streamTarget(options.writeOut);
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

function streamTarget(write: TarTargetOptions['writeOut']): TarTarget {
  if (write === undefined) {
    throw new UsageError('tar:- writes to standard output, which is not free here; name a file');
  }
  return { name: 'stdout', write, commit: () => Promise.resolve(), abort: () => Promise.resolve() };
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
