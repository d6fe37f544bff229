/** What changed in an object, for people: a line a change. */
import { stringifyJson } from '../resources/json-text.ts';
import type { JsonValue } from '../resources/json-value.ts';
import type { Change } from '../resources/semantic-diff.ts';
import { unifiedLines } from './diff-unified.ts';
import { printable } from './printable.ts';

/** Longest value on a line (characters). */
const VALUE_LENGTH_MAX = 72;
/** What stands for the values of Secrets, as `SecretHider` writes it. */
const HIDDEN = /hidden-[0-9a-f]{16}/g;
const INDENT = '  ';

/** `text` with `shown` wherever a value of a Secret is hidden. */
export function hiddenText(text: string, shown = '(hidden)'): string {
  return text.replace(HIDDEN, shown);
}

/** What changed in an object, a line a change; text of several lines as a unified diff. */
export function* changeLines(changes: readonly Change[], indent = ''): Generator<string> {
  for (const { op, label, before, after, embedded } of changes) {
    const name = printable(label === '' ? '(all of it)' : label);
    if (embedded !== undefined) {
      yield `${indent}~ ${name}${embedded.length === 0 ? ': only its layout' : ''}`;
      yield* changeLines(embedded, indent + INDENT);
    } else if (op === 'reorder') yield `${indent}~ ${name}: order ${orderText(before)} → ${orderText(after)}`;
    else if (op === 'add') yield `${indent}+ ${name}: ${valueText(after)}`;
    else if (op === 'remove') yield `${indent}- ${name}: ${valueText(before)}`;
    else if (isLong(before) && isLong(after)) {
      yield `${indent}~ ${name}`;
      for (const line of unifiedLines(before, after)) {
        yield `${indent}${INDENT}${printable(hiddenText(line))}`;
      }
    } else if (isHidden(before) && isHidden(after)) yield `${indent}~ ${name}: (hidden, changed)`;
    else yield `${indent}~ ${name}: ${valueText(before)} → ${valueText(after)}`;
  }
}

function orderText(names: JsonValue | undefined): string {
  return Array.isArray(names) ? cut(names.map(valueText).join(', ')) : '';
}

function isLong(value: JsonValue | undefined): value is string {
  return typeof value === 'string' && value.includes('\n');
}

function isHidden(value: JsonValue | undefined): boolean {
  return typeof value === 'string' && hiddenText(value) !== value;
}

function valueText(value: JsonValue | undefined): string {
  if (value === undefined) return '';
  const isWord = typeof value === 'string' && /^[\w./:@-]+$/.test(value);
  const text = hiddenText(isWord ? value : stringifyJson(value));
  return printable(cut(text));
}

function cut(text: string): string {
  return text.length > VALUE_LENGTH_MAX ? `${text.slice(0, VALUE_LENGTH_MAX - 1)}…` : text;
}
