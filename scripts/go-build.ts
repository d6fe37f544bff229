/**
 * Builds a Go module of this repository into a cache folder outside the tree: `$XDG_CACHE_HOME/ptar/go/NAME-HASH`, where HASH covers
 * the sources, the flags and the toolchain. What was built once is found again; two processes do not build the same thing twice.
 */
import { spawn, spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdir, open, readdir, readFile, rename, rm, stat, unlink, utimes } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

/** What to build. */
export interface GoModule {
  /** The folder with `go.mod`; its main package is built. The binary has the module's last path element as its name. */
  readonly directory: string;
  /** The import path of a main package of a dependency, which `go.mod` names as a tool, instead of the module's own. */
  readonly package?: string;
  /** For the linker: `-X package.variable=value`, `-s`, `-w`. */
  readonly linkerFlags?: readonly string[];
}

/** A cold build of the control plane takes minutes, most of them in the compiler. */
const BUILD_LIMIT_MS = 30 * 60_000;
const LOCK_POLL_MS = 500;
const PROGRESS_INTERVAL_MS = 10_000;
/** Builds of the same module that nobody has used for so long are removed. */
const UNUSED_LIMIT_MS = 7 * 24 * 60 * 60_000;

const environment = { ...process.env, GOTOOLCHAIN: 'local', CGO_ENABLED: '0' };

/**
 * The path of the module's binary, built where it is not there yet.
 * @throws Error with the end of the compiler's output; where there is no Go; after {@link BUILD_LIMIT_MS}
 */
export async function buildGoModule(module: GoModule): Promise<string> {
  const name = await moduleName(module.directory);
  const flags = [
    '-trimpath',
    '-buildvcs=false',
    `-ldflags=${['-s', '-w', ...(module.linkerFlags ?? [])].join(' ')}`,
  ];
  const mainPackage = module.package ?? '.';
  const hash = await sourceHash(module.directory, [...flags, ...(mainPackage === '.' ? [] : [mainPackage])]);
  const target = path.join(cacheDirectory(), `${name}-${hash}`);
  const binary = path.join(target, process.platform === 'win32' ? `${name}.exe` : name);
  if (await exists(binary)) {
    await utimes(target, new Date(), new Date());
    return binary;
  }
  await mkdir(cacheDirectory(), { recursive: true });
  await withLock(`${target}.lock`, async () => {
    if (await exists(binary)) return;
    const temporary = `${target}.${String(process.pid)}.tmp`;
    try {
      await compile(module.directory, name, [
        ...flags,
        '-o',
        path.join(temporary, path.basename(binary)),
        mainPackage,
      ]);
      await rename(temporary, target);
    } finally {
      await rm(temporary, { recursive: true, force: true });
    }
    await removeUnused(name);
  });
  return binary;
}

function cacheDirectory(): string {
  const base = process.env['XDG_CACHE_HOME'];
  return path.join(base === undefined || base === '' ? path.join(homedir(), '.cache') : base, 'ptar', 'go');
}

async function moduleName(directory: string): Promise<string> {
  const goMod = await readFile(path.join(directory, 'go.mod'), 'utf8');
  const module = /^module\s+(\S+)/m.exec(goMod)?.[1];
  if (module === undefined) throw new Error(`${path.join(directory, 'go.mod')} names no module`);
  return path.posix.basename(module);
}

async function sourceHash(directory: string, flags: readonly string[]): Promise<string> {
  const go = spawnSync('go', ['env', 'GOVERSION', 'GOOS', 'GOARCH'], {
    encoding: 'utf8',
    env: environment,
    timeout: 30_000,
  });
  if (go.error !== undefined || go.status !== 0) throw new Error('there is no `go` on PATH: install Go');
  const hash = createHash('sha256');
  hash.update(JSON.stringify([go.stdout, flags]));
  const names = await readdir(directory, { recursive: true });
  for (const name of names.filter((item) => /(?:^|[\\/])go\.(?:mod|sum)$|\.go$/.test(item)).sort()) {
    const content = await readFile(path.join(directory, name));
    hash.update(JSON.stringify([name, content.length]));
    hash.update(content);
  }
  return hash.digest('hex').slice(0, 32);
}

async function compile(directory: string, name: string, flags: readonly string[]): Promise<void> {
  process.stderr.write(`building ${name} with Go; the first time takes minutes\n`);
  const child = spawn('go', ['build', '-v', ...flags], {
    cwd: directory,
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
    timeout: BUILD_LIMIT_MS,
  });
  let compiled = 0;
  const tail: string[] = [];
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    const lines = text.split('\n').filter((line) => line !== '');
    compiled += lines.length;
    tail.push(...lines);
    tail.splice(0, tail.length - 20);
  });
  const progress = setInterval(() => {
    process.stderr.write(`building ${name}: ${String(compiled)} packages, now ${tail.slice(-1).join()}\n`);
  }, PROGRESS_INTERVAL_MS);
  try {
    const code = await new Promise<number | null>((resolve, reject) => {
      child.once('error', reject);
      child.once('close', resolve);
    });
    if (code !== 0) throw new Error(`go build of ${name} failed:\n${tail.join('\n')}`);
  } finally {
    clearInterval(progress);
  }
}

/** Runs `action` while no other living process does so under the same lock file. */
async function withLock(lockPath: string, action: () => Promise<void>): Promise<void> {
  const deadline = Date.now() + BUILD_LIMIT_MS;
  while (!(await takeLock(lockPath))) {
    if (Date.now() > deadline) throw new Error(`${lockPath} is held: remove it when its process is gone`);
    await sleep(LOCK_POLL_MS);
  }
  try {
    await action();
  } finally {
    await unlink(lockPath);
  }
}

/** False where a living process holds it. The lock of a dead one is removed, so that the next attempt gets it. */
async function takeLock(lockPath: string): Promise<boolean> {
  try {
    const file = await open(lockPath, 'wx');
    await file.writeFile(String(process.pid));
    await file.close();
    return true;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error;
  }
  const holder = Number(await readFile(lockPath, 'utf8').catch(() => ''));
  // 0 is a lock whose holder has not written its number yet, or that has just gone.
  if (holder !== 0 && !isAlive(holder)) await rm(lockPath, { force: true });
  return false;
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === 'EPERM';
  }
}

async function removeUnused(name: string): Promise<void> {
  for (const entry of await readdir(cacheDirectory())) {
    if (!entry.startsWith(`${name}-`)) continue;
    const candidate = path.join(cacheDirectory(), entry);
    const { mtimeMs } = await stat(candidate);
    if (Date.now() - mtimeMs > UNUSED_LIMIT_MS) await rm(candidate, { recursive: true, force: true });
  }
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
