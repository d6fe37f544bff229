import { printable } from '../printable.ts';

/** Text for XML and HTML, in elements and in quoted attributes. What does not print, or is no character of XML, is spelled out. */
export function escapeMarkup(text: string): string {
  const lines = text.split('\n').map((line) => printable(line).replace(/[\ufffe\uffff]/g, '\ufffd'));
  return lines.join('\n').replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}
