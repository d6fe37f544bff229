/** The real command line in a pseudo-terminal, typed at. Uses util-linux' `script`. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { HOME, ptarCommand } from './ptar-process.ts';

/** Why there is no pseudo-terminal here; undefined where there is one. */
export function terminalMissing(): string | undefined {
  if (process.platform !== 'linux') return 'script(1) takes other options on this system';
  return spawnSync('script', ['--version']).error === undefined ? undefined : 'there is no `script` on PATH';
}

/** A running `ptar` with a terminal for stdin, stdout and stderr. */
export class TypedAt {
  /** Everything on the screen so far, escape sequences included. */
  screen = '';
  readonly #child: ChildProcess;
  readonly #ended: Promise<number | null>;

  constructor(args: readonly string[], options: { readonly cwd: string; readonly env?: NodeJS.ProcessEnv }) {
    const quoted = ptarCommand(args).map((arg) => `'${arg.replaceAll("'", `'\\''`)}'`);
    this.#child = spawn(
      'script',
      ['--quiet', '--return', '--command', `exec ${quoted.join(' ')}`, '/dev/null'],
      {
        cwd: options.cwd,
        env: {
          PATH: process.env['PATH'],
          HOME,
          TERM: 'xterm',
          SHELL: '/bin/sh',
          ...options.env,
        },
        stdio: ['pipe', 'pipe', 'pipe'],
      },
    );
    this.#child.stdout?.setEncoding('utf8').on('data', (text: string) => (this.screen += text));
    this.#ended = new Promise((resolve) => this.#child.once('close', resolve));
  }

  /** Waits until the screen has shown `pattern`; fails where the command ends before. */
  async shows(pattern: RegExp): Promise<void> {
    while (!pattern.test(this.screen)) {
      if (this.#child.exitCode !== null) {
        throw new Error(`ended without showing ${String(pattern)}:\n${this.screen}`);
      }
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
  }

  type(text: string): void {
    this.#child.stdin?.write(text);
  }

  /** The exit code. */
  exitCode(): Promise<number | null> {
    return this.#ended;
  }
}
