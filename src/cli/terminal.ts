import type { ReadStream } from 'node:tty';
import { printable } from '../operations/printable.ts';

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

const CLEAR_LINE = '\r\u001b[2K';

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
  #hasTransient = false;

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
    if (this.resultsToPerson) this.clearTransient();
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

  /** Writes one name or path to stdout: printable for a person, byte by byte for a program. */
  resultName(name: string): Promise<void> {
    return this.resultNames([name]);
  }

  /** As {@link resultName}, many, a line each. */
  async resultNames(names: readonly string[]): Promise<void> {
    if (this.resultsToPerson) return this.resultLine(names.map(printable).join('\n'));
    const lines = `${names.join('\n')}\n`;
    if (lines.isWellFormed()) return this.result(lines);
    const { encodeUtf8 } = await import('../format/bytes.ts');
    return this.result(encodeUtf8(lines));
  }

  /** Writes one line to stderr, for a person. */
  note(line: string): void {
    this.noteRaw(`${printable(line)}\n`);
  }

  /** Writes to stderr as it is: prompts, help. */
  noteRaw(text: string): void {
    this.clearTransient();
    this.#stderr.write(text);
  }

  /** Shows a line on stderr that the next output, or {@link clearTransient}, takes away. For a terminal only. */
  transient(line: string): void {
    this.#stderr.write(`${CLEAR_LINE}${line}`);
    this.#hasTransient = true;
  }

  /** Takes the transient line away. */
  clearTransient(): void {
    if (this.#hasTransient) this.#stderr.write(CLEAR_LINE);
    this.#hasTransient = false;
  }

  /** One line that says what went wrong. */
  error(message: string): void {
    this.noteRaw(`${this.#colour('error:', 'red', this.#stderr)} ${printable(message)}\n`);
  }

  /** One line about something that did not stop the command. */
  warn(message: string): void {
    this.noteRaw(`${this.#colour('warning:', 'yellow', this.#stderr)} ${printable(message)}\n`);
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
