/**
 * The Go programs of this folder: the newest Kubernetes, etcd and kwok in one, and the oldest Kubernetes, `kubernetes/`, for which
 * `PTAR_KUBERNETES=oldest` asks, or its number (`1.33`).
 */
import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import path from 'node:path';
import { buildGoModule } from '../../scripts/go-build.ts';

/** Its commands that run and end. The others are servers, see `component.ts`. */
export type ToolName = 'kubectl' | 'etcdctl' | 'etcdutl' | 'pki' | 'kwok-stages';

/** How to run a tool. */
export interface ToolOptions {
  readonly stdin?: string;
  readonly environment?: NodeJS.ProcessEnv;
  readonly timeoutMs?: number;
}

/** A tool ended with another exit code than 0. The message is the command and what it printed on stderr. */
export class ToolError extends Error {
  override readonly name = 'ToolError';
  readonly stderr: string;

  constructor(command: string, stderr: string) {
    super(`${command}: ${stderr.trim()}`);
    this.stderr = stderr;
  }
}

const TOOL_LIMIT_MS = 120_000;
const OUTPUT_LENGTH_MAX = 256 * 1024 * 1024;

/** Which Kubernetes is asked for; the newest where nothing is said. */
const CHOSEN_VERSION = process.env['PTAR_KUBERNETES'] ?? '';

const NEWEST_MODULE = import.meta.dirname;
const OLDEST_MODULE = path.join(import.meta.dirname, 'kubernetes');

/**
 * Builds all that a cluster of the chosen version takes, where it is not there yet. Cold this takes about six minutes and 4 GB of Go's
 * caches; four more for a Kubernetes that is not the newest.
 */
export async function buildTestCluster(): Promise<void> {
  await binaryOf('etcd');
  await binaryOf('kube-apiserver');
}

/** The path of the binary that holds `command`: Kubernetes' own are of the chosen version, the others there is one of. */
export async function binaryOf(command: string): Promise<string> {
  const directory = command.startsWith('kube') ? await chosenModule() : NEWEST_MODULE;
  const binary = binaries.get(directory) ?? build(directory);
  binaries.set(directory, binary);
  return binary;
}

/** By the module's folder: looking for what is built takes a moment, and tests start tools by the hundred. */
const binaries = new Map<string, Promise<string>>();

async function build(directory: string): Promise<string> {
  // Otherwise servers and kubectl take themselves for v0.0.0-master and warn of each other.
  const linkerFlags = [`-X k8s.io/component-base/version.gitVersion=${await versionOf(directory)}`];
  return buildGoModule({ directory, linkerFlags });
}

/** The chosen Kubernetes, as `v1.36.3`. */
export async function kubernetesVersion(): Promise<string> {
  return versionOf(await chosenModule());
}

/** False where a suite meets an older Kubernetes than the one that ptar's own tables are of. */
export async function isNewestKubernetes(): Promise<boolean> {
  return (await chosenModule()) === NEWEST_MODULE;
}

async function chosenModule(): Promise<string> {
  if (CHOSEN_VERSION === '') return NEWEST_MODULE;
  if (CHOSEN_VERSION === 'oldest') return OLDEST_MODULE;
  const offered: string[] = [];
  for (const directory of [NEWEST_MODULE, OLDEST_MODULE]) {
    const minor = /^v(\d+\.\d+)\./.exec(await versionOf(directory))?.[1] ?? '';
    if (minor === CHOSEN_VERSION) return directory;
    offered.push(minor);
  }
  throw new Error(`PTAR_KUBERNETES=${CHOSEN_VERSION}: there are ${offered.join(' and ')}`);
}

async function versionOf(directory: string): Promise<string> {
  const goMod = await readFile(path.join(directory, 'go.mod'), 'utf8');
  const version = /^\tk8s\.io\/kubernetes (v\S+)/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error(`${directory} does not say which k8s.io/kubernetes`);
  return version;
}

/** Runs a tool to its end. @returns its stdout @throws ToolError */
export async function runTool(
  name: ToolName,
  args: readonly string[],
  { stdin, environment, timeoutMs = TOOL_LIMIT_MS }: ToolOptions = {},
): Promise<string> {
  const binary = await binaryOf(name);
  return new Promise((resolve, reject) => {
    const child = execFile(
      binary,
      [name, ...args],
      { env: { ...process.env, ...environment }, timeout: timeoutMs, maxBuffer: OUTPUT_LENGTH_MAX },
      (error, stdout, stderr) => {
        if (error === null) resolve(stdout);
        else reject(new ToolError(`${name} ${args.join(' ')}`, stderr === '' ? error.message : stderr));
      },
    );
    // A tool that ends without reading its input is not an error of ours.
    child.stdin?.on('error', () => undefined).end(stdin ?? '');
  });
}
