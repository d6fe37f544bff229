/**
 * Texts of the model in the language of the editor. The model knows no editor, so its texts go through here; `t` is what
 * `vscode.l10n.t` is to the adapters, and both take only literal messages, from which `l10n/bundle.l10n.json` is made.
 */

/** Gives the translation of `message`, with `{0}`, `{1}` replaced by `args`. */
export type Translate = (message: string, ...args: readonly (string | number | boolean)[]) => string;

let translate: Translate = (message, ...args) =>
  message.replace(/\{(\d+)\}/g, (place, index: string) => String(args[Number(index)] ?? place));

/** Translates from now on with `next`; until then texts are English. Returns what has translated before. */
export function translateWith(next: Translate): Translate {
  const former = translate;
  translate = next;
  return former;
}

/** `message` in the language of the editor. Not for tables that are filled while a module is loaded: nobody has called {@link translateWith} then. */
export function t(message: string, ...args: readonly (string | number | boolean)[]): string {
  return translate(message, ...args);
}

/** `one` for a count of 1, `many` for any other. */
export function counted(count: number, one: string, many: string): string {
  return count === 1 ? one : many;
}
