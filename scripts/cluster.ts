/**
 * `npm run cluster -- up [--dir DIR] [--port N] [--kwok]`, `down`, `status`: a real Kubernetes control plane on this machine, without
 * containers, for trying things out. It stays until `down`.
 */
import { homedir } from 'node:os';
import path from 'node:path';
import { parseArgs } from 'node:util';
import { COMPONENT_NAMES, runningPid, stopRunning } from '../test/cluster/component.ts';
import { startCluster } from '../test/cluster/harness.ts';

const USAGE = 'usage: npm run cluster -- up|down|status [--dir DIR] [--port N] [--kwok]';

const { values, positionals } = commandLine();
const directory = path.resolve(values.dir ?? path.join(stateDirectory(), 'ptar', 'cluster'));

const verb = new Map([
  ['up', up],
  ['down', down],
  ['status', status],
]).get(positionals.join(' '));
if (verb === undefined) {
  console.error(USAGE);
  process.exitCode = 2;
}
await verb?.().catch((error: unknown) => {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
});

function commandLine(): { values: { dir?: string; port?: string; kwok?: boolean }; positionals: string[] } {
  try {
    return parseArgs({
      allowPositionals: true,
      options: { dir: { type: 'string' }, port: { type: 'string' }, kwok: { type: 'boolean' } },
    });
  } catch {
    return { values: {}, positionals: [] };
  }
}

async function up(): Promise<void> {
  const port = values.port === undefined ? undefined : Number(values.port);
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_000)) throw new Error(USAGE);
  const started = Date.now();
  const cluster = await startCluster({
    directory,
    kwok: values.kwok === true,
    detached: true,
    ...(port && { port }),
  });
  const seconds = ((Date.now() - started) / 1000).toFixed(1);
  console.log(`${cluster.server} is up after ${seconds} s; logs and data in ${directory}`);
  console.log(`export KUBECONFIG=${cluster.kubeconfig}`);
}

async function down(): Promise<void> {
  const stopped: string[] = [];
  for (const name of COMPONENT_NAMES) if (await stopRunning(directory, name)) stopped.push(name);
  console.log(stopped.length === 0 ? `nothing runs in ${directory}` : `stopped ${stopped.join(', ')}`);
}

async function status(): Promise<void> {
  for (const name of COMPONENT_NAMES) {
    const pid = await runningPid(directory, name);
    console.log(`${name.padEnd(24)} ${pid === undefined ? '-' : String(pid)}`);
  }
}

/** https://specifications.freedesktop.org/basedir-spec/latest/ */
function stateDirectory(): string {
  const base = process.env['XDG_STATE_HOME'];
  return base === undefined || base === '' ? path.join(homedir(), '.local', 'state') : base;
}
