import type { SourceContext } from '../connectors/connector.ts';
import { kindPath } from '../connectors/kubernetes/list-item.ts';
import { pathFilter, selectsNamespace, type Selection } from '../connectors/kubernetes/selection.ts';
import type { SnapshotReader } from '../format/index.ts';
import { parseJson } from '../resources/json-text.ts';
import { stringAt, type JsonObject } from '../resources/json-value.ts';
import { pathOf, type ResourceIdentity } from '../resources/object-path.ts';
import { objectFilter } from './diff-selection.ts';
import { objectQueryOf } from './selection.ts';

/** How an error of a kind ends that was read in some namespaces all the same. */
const READ_IN = /\(read in ([^()]+) only\)$/;

/** What a snapshot could hold: that an object is not in it means nothing where it was never looked for. */
export interface CaptureCoverage {
  /** Why the object may have been there all the same; undefined where it would have been captured. */
  readonly gapOf: (identity: ResourceIdentity) => string | undefined;
}

/**
 * Of a snapshot, from what its capture wrote down: what was selected, what was left out, what failed or was forbidden.
 * @throws IntegrityError; FormatError
 */
export async function captureCoverage(snapshot: SnapshotReader): Promise<CaptureCoverage> {
  const context = (snapshot.source.context ?? []).map(({ key, value }) => [key, value] as const);
  return coverageOf(context, await errorsOf(snapshot));
}

/** The same of a source that was read, from what its importer knows at the end and the errors by their paths. */
export function coverageOf(context: SourceContext, errors: ReadonlyMap<string, string>): CaptureCoverage {
  const facts = new Map(context);
  const rules = [
    selectionRule(selectionOf(facts.get('kubernetes.selection'))),
    leftOutRule(facts.get('kubernetes.left-out') ?? ''),
    errorCoverage(errors).gapOf,
  ];
  return {
    gapOf(identity) {
      for (const rule of rules) {
        const gap = rule(identity);
        if (gap !== undefined) return gap;
      }
      return undefined;
    },
  };
}

type Rule = (identity: ResourceIdentity) => string | undefined;

async function errorsOf(snapshot: SnapshotReader): Promise<ReadonlyMap<string, string>> {
  const errors = new Map<string, string>();
  for await (const { path, error } of snapshot.errors()) errors.set(path, error);
  return errors;
}

/** Where only errors are known, by their paths. They stand at an object, at its kind in a namespace or in all, at a group, at a namespace. */
export function errorCoverage(errors: ReadonlyMap<string, string>): CaptureCoverage {
  const gapOf = (identity: ResourceIdentity): string | undefined => {
    if (errors.size === 0) return undefined;
    const { group, namespace } = identity;
    const near =
      errors.get(pathOf(identity)) ??
      (namespace === undefined
        ? undefined
        : (errors.get(kindPath(identity, namespace)) ?? errors.get(`/${namespace}`))) ??
      errors.get(`/_/${group === '' ? '_' : group}`);
    if (near !== undefined) return near;
    const ofKind = errors.get(kindPath(identity, undefined));
    const readIn = READ_IN.exec(ofKind ?? '')?.[1]?.split(', ') ?? [];
    return namespace !== undefined && readIn.includes(namespace) ? undefined : ofKind;
  };
  return { gapOf };
}

function leftOutRule(lines: string): Rule {
  const reasons = new Map(
    lines.split('\n').map((line) => [line.slice(0, line.indexOf(': ')), line.slice(line.indexOf(': ') + 2)]),
  );
  return ({ group, kind }) => {
    const reason = reasons.get(group === '' ? kind : `${kind}.${group}`);
    return reason === undefined ? undefined : `not captured: ${reason}`;
  };
}

function selectionRule(selection: Selection | undefined): Rule {
  if (selection === undefined) return () => undefined;
  const { kinds, excludeKinds = [], namespaces, labelSelector, fieldSelector } = selection;
  const isPicked =
    kinds === undefined ? undefined : objectFilter(kinds.map((word) => objectQueryOf(word, {})));
  const isExcluded =
    excludeKinds.length === 0 ? undefined : objectFilter(excludeKinds.map((word) => objectQueryOf(word, {})));
  const selectsPath = pathFilter(selection);
  return (identity) => {
    const { kind, group, name } = identity;
    const ownNamespace = kind === 'Namespace' && group === '' ? name : identity.namespace;
    const isInReach =
      ownNamespace === undefined ? namespaces === undefined : selectsNamespace(selection, ownNamespace);
    if (!isInReach) return 'not captured: another namespace';
    if (isPicked?.(identity) === false || isExcluded?.(identity) === true || !selectsPath(pathOf(identity))) {
      return 'not captured: not selected';
    }
    const selector = labelSelector ?? fieldSelector;
    return selector === undefined ? undefined : `perhaps not captured: only objects with ${selector} were`;
  };
}

/** As the importer wrote it; what is of another shape says nothing. */
function selectionOf(text: string | undefined): Selection | undefined {
  const value = text === undefined ? undefined : parseJson(text);
  if (!(value instanceof Map)) return undefined;
  const lists = ['namespaces', 'excludeNamespaces', 'kinds', 'excludeKinds', 'include', 'exclude'] as const;
  const texts = ['labelSelector', 'fieldSelector'] as const;
  return Object.fromEntries<string | readonly string[]>([
    ...lists.flatMap((name) => {
      const list = listAt(value, name);
      return list === undefined ? [] : [[name, list] as const];
    }),
    ...texts.flatMap((name) => {
      const word = stringAt(value, name);
      return word === undefined ? [] : [[name, word] as const];
    }),
  ]);
}

function listAt(object: JsonObject, name: string): readonly string[] | undefined {
  const list = object.get(name);
  return Array.isArray(list) ? list.filter((item) => typeof item === 'string') : undefined;
}
