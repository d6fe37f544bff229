import type { ObjectChange } from '../operations/diff-objects.ts';
import { unifiedLines } from '../operations/diff-unified.ts';
import { applyJsonPatch, jsonPatch } from '../resources/json-patch.ts';
import { stringifyJson } from '../resources/json-text.ts';
import { jsonFrom, type JsonValue } from '../resources/json-value.ts';
import { apiVersionOf, pathOf } from '../resources/object-path.ts';
import type { Change } from '../resources/semantic-diff.ts';
import { yamlFromJson } from '../resources/yaml-emit.ts';
import { printable } from '../operations/printable.ts';

/** Longest value on a line (characters). */
const VALUE_LENGTH_MAX = 72;
const HIDDEN = /hidden-[0-9a-f]{16}/g;
const INDENT = '  ';

/** A change as JSON for programs: a JSON Patch, or only the labels of what changed where values are hidden. */
export function changeJson(change: ObjectChange): string {
  const { identity, churn, isGap } = change;
  const isPatched = change.change === 'changed' && !change.isHidden;
  const document = jsonFrom({
    change: change.change,
    apiVersion: apiVersionOf(identity),
    kind: identity.kind,
    namespace: identity.namespace,
    name: identity.name,
    madeByController: isGap ? undefined : churn,
    notCaptured: isGap ? churn : undefined,
    changed: change.change === 'changed' ? change.changes.map(({ label }) => label) : undefined,
    patch: isPatched ? change.patch : undefined,
  });
  return stringifyJson(document, 2).replace(/^/gm, '  ');
}

/** A change as a unified diff of YAML. Elements that only moved stay where they were. */
export function changeUnified({ change, identity, before, after, changes }: ObjectChange): string {
  const path = pathOf(identity);
  const old = before === undefined ? '' : hiddenText(yamlFromJson(before));
  const aligned =
    before === undefined || after === undefined
      ? after
      : applyJsonPatch(before, jsonPatch(markedHidden(changes), before, before));
  const current = aligned === undefined ? '' : hiddenText(yamlFromJson(aligned));
  const header = [
    `--- ${change === 'added' ? '/dev/null' : `a${path}`}`,
    `+++ ${change === 'removed' ? '/dev/null' : `b${path}`}`,
  ];
  return [...header, ...unifiedLines(old, current)].join('\n') + '\n';
}

/** A new value of a Secret must not look like the old one. */
function markedHidden(changes: readonly Change[]): Change[] {
  return changes.map((change) =>
    typeof change.after === 'string' && change.op === 'replace'
      ? { ...change, after: change.after.replace(HIDDEN, '(hidden, changed)') }
      : change,
  );
}

function hiddenText(text: string): string {
  return text.replace(HIDDEN, '(hidden)');
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

/** Where the object would be in an archive. */
export function changePath({ identity }: ObjectChange): string {
  return pathOf(identity);
}
