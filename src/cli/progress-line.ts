import { columnsOf, printable } from '../operations/printable.ts';
import { formatElapsed } from '../operations/quantities.ts';
import type { Terminal } from './terminal.ts';

/** Least time between two drawings. */
const INTERVAL_MS = 100;
/** Nothing is drawn for what takes less. */
const DELAY_MS = 400;

/** One line on stderr that says what goes on, drawn over itself; silent unless a person watches. */
export class ProgressLine {
  readonly #terminal: Terminal;
  readonly #enabled: boolean;
  readonly #startedMs = performance.now();
  #drawnMs: number;

  constructor(terminal: Terminal, options: { readonly quiet: boolean }) {
    this.#terminal = terminal;
    this.#enabled = terminal.notesToPerson && !options.quiet;
    this.#drawnMs = this.#startedMs + DELAY_MS - INTERVAL_MS;
  }

  /** Shows `parts`, separated by blanks, with the time since the start. Cheap to call for every item. */
  update(parts: () => readonly string[]): void {
    if (!this.#enabled) return;
    const nowMs = performance.now();
    if (nowMs - this.#drawnMs < INTERVAL_MS) return;
    this.#drawnMs = nowMs;
    const line = [formatElapsed(nowMs - this.#startedMs), ...parts()].map(printable).join('  ');
    this.#terminal.transient(fit(line, this.#terminal.noteColumns - 1));
  }

  /** Takes the line away; later updates draw it again. */
  clear(): void {
    if (this.#enabled) this.#terminal.clearTransient();
  }
}

/** `line` cut to `columns`, with an ellipsis where something is missing. */
export function fit(line: string, columns: number): string {
  if (columnsOf(line) <= columns) return line;
  let cut = '';
  for (const character of line) {
    if (columnsOf(cut + character) > columns - 1) break;
    cut += character;
  }
  return `${cut}…`;
}
