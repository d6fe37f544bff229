/** A running editor: code-server on 127.0.0.1 with the VSIX installed, and a headless Chromium in front of it. */
import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { mkdir, mkdtemp, open, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { chromium, type BrowserContext, type Page } from 'playwright-core';
import { findChromium } from '../browser.ts';
import { editorHost } from './host.ts';

const run = promisify(execFile);
const START_LIMIT_MS = 120_000;
/** Machines that run tests may be busy: a test waits for what it wants to see, and rarely this long. */
const WAIT_LIMIT_MS = 45_000;

/** Settings that keep the editor from doing anything that nobody asked for. */
const QUIET = {
  'workbench.startupEditor': 'none',
  'telemetry.telemetryLevel': 'off',
  'extensions.autoUpdate': false,
  'extensions.autoCheckUpdates': false,
  'extensions.ignoreRecommendations': true,
  'update.mode': 'none',
  'workbench.enableExperiments': false,
  'workbench.tips.enabled': false,
  'git.enabled': false,
  'files.autoSave': 'off',
  'chat.disableAIFeatures': true,
  'workbench.secondarySideBar.defaultVisibility': 'hidden',
  'editor.accessibilitySupport': 'off',
  'workbench.reduceMotion': 'on',
  'window.menuBarVisibility': 'classic',
  // So that what it shows is in the page and not drawn.
  'terminal.integrated.gpuAcceleration': 'off',
  'workbench.editor.useModal': 'off',
};

/** How to start an editor. */
export interface EditorOptions {
  /** VSIX to install. */
  readonly vsix: string;
  readonly settings?: Readonly<Record<string, unknown>>;
  readonly environment?: Readonly<Record<string, string>>;
  /** Restricted mode where false. Default: true. */
  readonly isTrusted?: boolean;
  readonly arguments?: readonly string[];
}

/** A running editor and its page. */
export interface Editor {
  readonly page: Page;
  /** `127.0.0.1:PORT` */
  readonly authority: string;
  /** Folder that is open in it. */
  readonly workspace: string;
  /** Folder of everything of this editor; gone after `stop`. */
  readonly folder: string;
  /** Lines of the page's console: `[error] …`. */
  readonly console: readonly string[];
  /** What the extension has written into its log channel. */
  extensionLog(): Promise<string>;
  /** Loads the workbench and waits until it is there. */
  load(query?: Readonly<Record<string, string>>): Promise<void>;
  stop(): Promise<void>;
}

/** What the editor itself says when it runs without its maker's services, is loaded again, or has a slow machine. */
const NOISE = new RegExp(
  [
    'vsda',
    '\\[lifecycle\\]',
    'github-authentication',
    'Timed out waiting for authentication provider',
    "Unable to write file 'vscode-log:",
    'Aborted onWillSaveTextDocument-event',
  ].join('|'),
);

/**
 * Errors on the page's console, those of its Content Security Policy too, that are not the editor's own.
 * @param expected what tests brought about; the editor repeats there what notifications say
 */
export function errorsOnConsole(
  { console: lines }: Pick<Editor, 'console'>,
  expected?: RegExp,
): readonly string[] {
  const errors = lines.filter((line) => line.startsWith('[error]') && !NOISE.test(line));
  return expected === undefined ? errors : errors.filter((line) => !expected.test(line));
}

/** Starts an editor in folders of its own. */
export async function startEditor(options: EditorOptions): Promise<Editor> {
  const { node, codeServer } = await editorHost();
  const folder = await mkdtemp(path.join(tmpdir(), 'ptar-editor-'));
  const workspace = path.join(folder, 'workspace');
  const user = path.join(folder, 'user');
  await mkdir(workspace);
  const settings = {
    ...QUIET,
    'security.workspace.trust.enabled': options.isTrusted === false,
    ...options.settings,
  };
  // Settings of a machine are read from a file of their own.
  for (const scope of ['User', 'Machine']) {
    await mkdir(path.join(user, scope), { recursive: true });
    await writeFile(path.join(user, scope, 'settings.json'), JSON.stringify(settings));
  }
  await writeFile(path.join(folder, 'config.yaml'), 'auth: none\n');
  const base = [codeServer, '--config', path.join(folder, 'config.yaml'), '--user-data-dir', user];
  base.push('--extensions-dir', path.join(folder, 'extensions'));
  const env = {
    PATH: process.env['PATH'] ?? '',
    HOME: folder,
    LANG: 'C.UTF-8',
    TZ: 'UTC',
    EXTENSIONS_GALLERY: '{}',
    ...options.environment,
  };
  await run(node, [...base, '--install-extension', options.vsix, '--force'], {
    env,
    timeout: START_LIMIT_MS,
  });
  const authority = `127.0.0.1:${await freePort()}`;
  const flags = ['--auth', 'none', '--disable-telemetry', '--disable-update-check', '--ignore-last-opened'];
  flags.push('--disable-getting-started-override', '--disable-proxy');
  if (options.isTrusted !== false) flags.push('--disable-workspace-trust');
  const log = await open(path.join(folder, 'server.log'), 'a');
  const server = spawn(node, [...base, '--bind-addr', authority, ...flags, ...(options.arguments ?? [])], {
    env,
    stdio: ['ignore', log.fd, log.fd],
    detached: true,
  });
  const kill = (): void => {
    killGroup(server, 'SIGKILL');
  };
  process.once('exit', kill);
  let browser: BrowserContext | undefined;
  const stop = async (): Promise<void> => {
    await browser?.close();
    await endGroup(server);
    process.off('exit', kill);
    await log.close();
    await rm(folder, { recursive: true, force: true, maxRetries: 5 });
  };
  try {
    await untilUp(server, `http://${authority}/healthz`, folder);
    browser = await startBrowser(path.join(folder, 'browser'));
    const page = browser.pages()[0] ?? (await browser.newPage());
    page.setDefaultTimeout(WAIT_LIMIT_MS);
    const lines: string[] = [];
    page.on('console', (message) =>
      lines.push(`[${message.type()}] ${message.text()} ${message.location().url}`),
    );
    const load = async (query: Readonly<Record<string, string>> = {}): Promise<void> => {
      const search = new URLSearchParams({ folder: workspace, ...query });
      await page.goto(`http://${authority}/?${search.toString()}`);
      for (const part of [
        '.monaco-workbench',
        '.activitybar .action-item a.action-label',
        '.statusbar-item',
      ]) {
        await page.waitForSelector(part, { timeout: START_LIMIT_MS });
      }
    };
    return {
      page,
      authority,
      workspace,
      folder,
      console: lines,
      extensionLog: () => logIn(user),
      load,
      stop,
    };
  } catch (error) {
    await stop();
    throw error;
  }
}

async function startBrowser(profile: string): Promise<BrowserContext> {
  const executablePath = findChromium();
  if (executablePath === undefined) throw new Error('there is no Chromium');
  return chromium.launchPersistentContext(profile, {
    executablePath,
    headless: true,
    viewport: { width: 1280, height: 1080 },
    reducedMotion: 'reduce',
    args: [
      '--no-sandbox',
      '--disable-gpu',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
      '--disable-dev-shm-usage',
    ],
  });
}

async function logIn(user: string): Promise<string> {
  const texts: string[] = [];
  for (const name of await readdir(path.join(user, 'logs'), { recursive: true }).catch(() => [])) {
    if (path.basename(name) === 'ptar.log') texts.push(await readFile(path.join(user, 'logs', name), 'utf8'));
  }
  return texts.join('');
}

async function untilUp(server: ChildProcess, url: string, folder: string): Promise<void> {
  const limitMs = Date.now() + START_LIMIT_MS;
  for (;;) {
    if (server.exitCode !== null) {
      throw new Error(`code-server ended with ${server.exitCode}, see ${folder}/server.log`);
    }
    const answer = await fetch(url).catch(() => undefined);
    if (answer?.ok === true) return;
    if (Date.now() > limitMs) throw new Error(`code-server did not answer in ${START_LIMIT_MS} ms`);
    await sleep(50);
  }
}

async function endGroup(server: ChildProcess): Promise<void> {
  killGroup(server, 'SIGTERM');
  for (let waited = 0; waited < 5000 && isGroupAlive(server); waited += 50) await sleep(50);
  killGroup(server, 'SIGKILL');
}

function killGroup({ pid }: ChildProcess, signal: NodeJS.Signals): void {
  try {
    if (pid !== undefined) process.kill(-pid, signal);
  } catch {
    // It has ended.
  }
}

function isGroupAlive({ pid }: ChildProcess): boolean {
  try {
    return pid !== undefined && process.kill(-pid, 0);
  } catch {
    return false;
  }
}

async function freePort(): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });
}
