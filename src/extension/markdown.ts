/** Markdown that shows text from archives as it is: names are hostile input. */
import { printable } from '../operations/printable.ts';

/** `text` on one line with everything that Markdown or HTML would read escaped. */
export function escapeMarkdown(text: string): string {
  return printable(text)
    .replace(/[\\`*_{}[\]()#+\-.!|~$>]/g, '\\$&')
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;');
}

/** Rows of a label and a value, a line each; rows without a value are left out. */
export function markdownRows(rows: readonly (readonly [label: string, value: string | undefined])[]): string {
  return rows
    .flatMap(([label, value]) =>
      value === undefined || value === '' ? [] : [`**${label}**: ${escapeMarkdown(value)}`],
    )
    .join('  \n');
}
