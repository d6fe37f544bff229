/** How an object was, in a word or two, for trees and summaries that have no room for a kind's own columns. */
import { conditionOf } from '../resources/conditions.ts';
import { stringAt, type JsonObject } from '../resources/json-value.ts';
import { identityOf } from '../resources/object-path.ts';
import { columnsOf, podState, type CellContext } from './object-columns/index.ts';

/** The state of an object. */
export interface ObjectState {
  /** `2/3`; empty for kinds that count nothing. */
  readonly ready: string;
  /** `Running`, `Complete`, `Bound`, `Ready`, `NotReady`; empty where the object says nothing. */
  readonly status: string;
}

/** Conditions that sum an object up, the more telling first. */
const SUMMARIES = ['Ready', 'Available', 'Established', 'Accepted', 'Programmed', 'Synced', 'Healthy'];

/** The state that `object` was in when it was read. */
export function objectState(object: JsonObject): ObjectState {
  const identity = identityOf(object);
  if (identity?.kind === 'Pod' && identity.group === '') {
    const { ready, total, status } = podState(object);
    return { ready: `${ready}/${total}`, status };
  }
  const context: CellContext = { nowMs: 0, wide: false };
  const cell = (header: string): string => {
    const columns = identity === undefined ? [] : columnsOf(identity);
    return columns.find((column) => column.header === header)?.cell(object, context) ?? '';
  };
  return { ready: readyText(cell), status: cell('STATUS') || conditionText(object) };
}

function readyText(cell: (header: string) => string): string {
  const [ready, desired] = [cell('READY') || cell('COMPLETIONS'), cell('DESIRED')];
  return desired === '' || ready.includes('/') ? ready : `${ready}/${desired}`;
}

function conditionText(object: JsonObject): string {
  const type = SUMMARIES.find((name) => conditionOf(object, name) !== undefined);
  const condition = type === undefined ? undefined : conditionOf(object, type);
  if (condition === undefined) return stringAt(object, 'status', 'phase') ?? '';
  if (condition.status === 'True') return condition.type;
  const reason = condition.reason === '' ? '' : ` (${condition.reason})`;
  return condition.status === 'False' ? `Not${condition.type}${reason}` : `${condition.type}?${reason}`;
}
