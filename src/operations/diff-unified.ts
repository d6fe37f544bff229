import { sequenceEdit, type Hunk } from '../resources/sequence-edit.ts';

/** Equal lines that stand around a change. */
const CONTEXT_LINES = 3;

/** Lines of the unified format from one text to another, without the two header lines; none where they are equal. */
export function unifiedLines(before: string, after: string): string[] {
  const [old, current] = [linesOf(before), linesOf(after)];
  const lines: string[] = [];
  for (const group of grouped(sequenceEdit(old, current))) {
    const [first, last] = [group[0], group[group.length - 1]];
    if (first === undefined || last === undefined) continue;
    const lead = Math.min(CONTEXT_LINES, first.start);
    const start = first.start - lead;
    const end = Math.min(old.length, last.end + CONTEXT_LINES);
    const newStart = first.newStart - lead;
    const newEnd = last.newEnd + (end - last.end);
    lines.push(`@@ -${range(start, end)} +${range(newStart, newEnd)} @@`);
    let position = start;
    for (const hunk of group) {
      lines.push(...old.slice(position, hunk.start).map((line) => ` ${line}`));
      lines.push(...old.slice(hunk.start, hunk.end).map((line) => `-${line}`));
      lines.push(...current.slice(hunk.newStart, hunk.newEnd).map((line) => `+${line}`));
      position = hunk.end;
    }
    lines.push(...old.slice(position, end).map((line) => ` ${line}`));
  }
  return lines;
}

function linesOf(text: string): string[] {
  const lines = text.split('\n');
  if (lines.at(-1) === '') lines.pop();
  return lines;
}

/** Hunks whose context would touch belong together. */
function grouped(hunks: readonly Hunk[]): Hunk[][] {
  const groups: Hunk[][] = [];
  for (const hunk of hunks) {
    const group = groups[groups.length - 1] ?? [];
    const previous = group[group.length - 1];
    if (previous !== undefined && hunk.start - previous.end <= 2 * CONTEXT_LINES) group.push(hunk);
    else groups.push([hunk]);
  }
  return groups;
}

/** An empty range names the line before it. */
function range(start: number, end: number): string {
  if (end - start === 1) return `${start + 1}`;
  return end === start ? `${start},0` : `${start + 1},${end - start}`;
}
