/** The Go program of this folder: Kubernetes, etcd and kwok in one. */
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

/** Builds it, where it is not there yet, and gives its path. Cold this takes about six minutes and 4 GB of Go's caches. */
export async function buildTestCluster(): Promise<string> {
  const goMod = await readFile(path.join(import.meta.dirname, 'go.mod'), 'utf8');
  const version = /^\tk8s\.io\/kubernetes (v\S+)$/m.exec(goMod)?.[1];
  if (version === undefined) throw new Error('test/cluster/go.mod does not say which k8s.io/kubernetes');
  return buildGoModule({
    directory: import.meta.dirname,
    // Otherwise servers and kubectl take themselves for v0.0.0-master and warn of each other.
    linkerFlags: [`-X k8s.io/component-base/version.gitVersion=${version}`],
  });
}

/** Runs a tool to its end. @returns its stdout @throws ToolError */
export async function runTool(
  name: ToolName,
  args: readonly string[],
  { stdin, environment, timeoutMs = TOOL_LIMIT_MS }: ToolOptions = {},
): Promise<string> {
  const binary = await buildTestCluster();
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
