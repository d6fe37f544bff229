import type { ReadStream } from 'node:tty';
import { printable } from './printable.ts';

/** Whoever read our output has gone (`ptar ls … | head`): there is nothing left to do, and nothing went wrong. */
export class BrokenPipe extends Error {
  override readonly name = 'BrokenPipe';
}

/** What {@link Terminal} needs of a process; tests give their own streams. */
export interface TerminalStreams {
  readonly stdin: NodeJS.ReadStream | ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

/** A colour of {@link Terminal.paint}; Select Graphic Rendition codes of ECMA-48. */
export type Colour = 'bold' | 'dim' | 'red' | 'green' | 'yellow';
const SGR: Readonly<Record<Colour, string>> = { bold: '1', dim: '2', red: '31', green: '32', yellow: '33' };

/** Where a command's words go: results to stdout, everything else to stderr. */
export class Terminal {
  readonly env: NodeJS.ProcessEnv;
  readonly stdin: TerminalStreams['stdin'];
  readonly #stdout: NodeJS.WriteStream;
  readonly #stderr: NodeJS.WriteStream;
  #broken = false;

  constructor(streams: TerminalStreams) {
    this.env = streams.env;
    this.stdin = streams.stdin;
    this.#stdout = streams.stdout;
    this.#stderr = streams.stderr;
    this.#stdout.on('error', () => {
      this.#broken = true;
    });
    this.#stderr.on('error', () => undefined);
  }

  /** True when a person reads the results. */
  get resultsToPerson(): boolean {
    return this.#stdout.isTTY;
  }

  /** True when a person reads notes and progress. */
  get notesToPerson(): boolean {
    return this.#stderr.isTTY && this.env['TERM'] !== 'dumb';
  }

  /** True when a person can be asked. */
  get canAsk(): boolean {
    return this.stdin.isTTY && this.#stderr.isTTY;
  }

  /** Columns of the line that progress uses. */
  get noteColumns(): number {
    return this.#stderr.columns || 80;
  }

  /**
   * Writes to stdout; resolves when more may come.
   * @throws BrokenPipe
   */
  async result(data: string | Uint8Array): Promise<void> {
    if (this.#broken) throw new BrokenPipe();
    await new Promise<void>((resolve, reject) => {
      this.#stdout.write(data, (error) => {
        if (error instanceof Error) reject(new BrokenPipe());
        else resolve();
      });
    });
  }

  /** Writes one line to stdout. */
  resultLine(line: string): Promise<void> {
    return this.result(`${line}\n`);
  }

  /** Writes one line to stderr, for a person. */
  note(line: string): void {
    this.#stderr.write(`${printable(line)}\n`);
  }

  /** Writes to stderr as it is: progress and prompts. */
  noteRaw(text: string): void {
    this.#stderr.write(text);
  }

  /** One line that says what went wrong. */
  error(message: string): void {
    this.#stderr.write(`${this.#colour('error:', 'red', this.#stderr)} ${printable(message)}\n`);
  }

  /** One line about something that did not stop the command. */
  warn(message: string): void {
    this.#stderr.write(`${this.#colour('warning:', 'yellow', this.#stderr)} ${printable(message)}\n`);
  }

  /** Printable text for stdout, coloured when a person reads it there and has not asked for NO_COLOR. */
  paint(text: string, colour: Colour): string {
    return this.#colour(text, colour, this.#stdout);
  }

  #colour(text: string, colour: Colour, stream: NodeJS.WriteStream): string {
    // https://no-color.org: any value but the empty one.
    const plain = !stream.isTTY || (this.env['NO_COLOR'] ?? '') !== '' || this.env['TERM'] === 'dumb';
    return plain ? text : `\x1b[${SGR[colour]}m${text}\x1b[0m`;
  }
}
