/** Steps between the code and the system calls that write files, in this process. */
import { mkdtemp, rm } from 'node:fs/promises';
import { createRequire, syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import path from 'node:path';

/** A call that changes what is on the disk. */
export type FileCall = 'open' | 'write' | 'sync' | 'close' | 'rename' | 'link' | 'rm';

/**
 * Called instead of each call. `proceed` makes it; for `write`, also with fewer bytes than were asked for.
 * `length`: bytes that a write was asked to write, otherwise 0.
 */
export type Interceptor = (
  call: FileCall,
  proceed: (length?: number) => Promise<unknown>,
  length: number,
) => Promise<unknown>;

type Callable = (this: unknown, ...args: unknown[]) => Promise<unknown>;
type Patchable = Record<string, Callable>;

const promises = createRequire(import.meta.url)('node:fs/promises') as Patchable;

/** The prototype of all file handles, which Node does not export. */
async function handlePrototype(): Promise<Patchable> {
  const folder = await mkdtemp(path.join(tmpdir(), 'ptar-handle-'));
  const handle = (await promises['open']?.call(promises, path.join(folder, 'x'), 'w')) as {
    close(): Promise<void>;
  };
  await handle.close();
  await rm(folder, { recursive: true });
  return Object.getPrototypeOf(handle) as Patchable;
}

/** Puts `interceptor` between, until the function that is returned is called. One at a time. */
export async function interceptFileCalls(interceptor: Interceptor): Promise<() => void> {
  const handles = await handlePrototype();
  const restorers: (() => void)[] = [];
  const patch = (target: Patchable, name: FileCall): void => {
    const original = target[name]!;
    target[name] = function (...args) {
      const isWrite = name === 'write';
      const asked = isWrite ? (args[2] as number) : 0;
      const proceed = (length = asked): Promise<unknown> =>
        original.apply(this, isWrite ? [args[0], args[1], length, ...args.slice(3)] : args);
      return interceptor(name, proceed, asked);
    };
    restorers.push(() => (target[name] = original));
  };
  for (const name of ['write', 'sync', 'close'] as const) patch(handles, name);
  for (const name of ['open', 'rename', 'link', 'rm'] as const) patch(promises, name);
  syncBuiltinESMExports();
  return () => {
    for (const restore of restorers) restore();
    syncBuiltinESMExports();
  };
}

/** An error as the system reports it. */
export function systemFault(code: string, syscall: string): Error {
  return Object.assign(new Error(`${code}: injected, ${syscall}`), { code, syscall });
}
