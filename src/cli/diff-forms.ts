import { hiddenText } from '../operations/change-lines.ts';
import type { ObjectChange } from '../operations/diff-objects.ts';
import { unifiedLines } from '../operations/diff-unified.ts';
import { applyJsonPatch, jsonPatch } from '../resources/json-patch.ts';
import { stringifyJson } from '../resources/json-text.ts';
import { jsonFrom } from '../resources/json-value.ts';
import { apiVersionOf, pathOf } from '../resources/object-path.ts';
import type { Change } from '../resources/semantic-diff.ts';
import { yamlFromJson } from '../resources/yaml-emit.ts';

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
      ? { ...change, after: hiddenText(change.after, '(hidden, changed)') }
      : change,
  );
}

/** Where the object would be in an archive. */
export function changePath({ identity }: ObjectChange): string {
  return pathOf(identity);
}
