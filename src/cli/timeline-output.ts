/** How `ptar timeline` prints entries. */
import type { TimelineCapture, TimelineEntry } from '../operations/timeline.ts';
import { formatIdentity } from '../resources/object-path.ts';
import { changeLines } from './diff-forms.ts';
import { printable } from '../operations/printable.ts';

/** Changed fields of one object that are named; of more their number is. */
const CHANGES_SHOWN_MAX = 5;
const INDENT = ' '.repeat(12);

/** A line for people. */
export interface TimelineLine {
  readonly text: string;
  readonly isWarning: boolean;
}

/** The lines of a timeline: a day once, then a line for each entry and capture, with what changed below it. */
export function* timelineLines(
  captures: readonly TimelineCapture[],
  entries: readonly TimelineEntry[],
): Generator<TimelineLine> {
  let day = '';
  const due = [...captures];
  const dated = function* (ms: number, text: string, isWarning: boolean): Generator<TimelineLine> {
    const iso = new Date(ms).toISOString();
    if (iso.slice(0, 10) !== day) {
      day = iso.slice(0, 10);
      yield { text: `${day} (UTC)`, isWarning: false };
    }
    yield { text, isWarning };
  };
  const capturesUntil = function* (ms: number): Generator<TimelineLine> {
    for (let next = due[0]; next !== undefined && next.capturedMs < ms; next = due[0]) {
      due.shift();
      const text = ` ${timeOfDay(next.capturedMs)}  ── capture ${next.snapshotId.slice(0, 8)} ──`;
      yield* dated(next.capturedMs, text, false);
    }
  };
  for (const entry of entries) {
    yield* capturesUntil(entry.atMs);
    const mark = { exact: ' ', 'last write': '~', between: '‥' }[entry.precision];
    const { object } = entry;
    const name = `${object.namespace === undefined ? '' : `${object.namespace}/`}${formatIdentity(object)}`;
    const text = `${mark}${timeOfDay(entry.atMs)}  ${printable(`${name} ${entryText(entry)}`)}`;
    yield* dated(entry.atMs, text, entry.isWarning);
    for (const line of detailLines(entry)) yield { text: `${INDENT}${line}`, isWarning: false };
  }
  yield* capturesUntil(Infinity);
}

function timeOfDay(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

function entryText(entry: TimelineEntry): string {
  const after = entry.afterMs === undefined ? '' : `, some time after ${timeOfDay(entry.afterMs)}`;
  switch (entry.type) {
    case 'event': {
      const { type, reason, message, count, firstMs } = entry.event;
      const since = firstMs === undefined ? '' : ` since ${timeOfDay(firstMs)}`;
      const times = count > 1 ? ` (${count} times${since})` : '';
      return `${type === 'Normal' ? '' : `${type} `}${reason}: ${message}${times}`;
    }
    case 'added':
      return `created${after}`;
    case 'removed':
      return `gone${after}`;
    case 'changed': {
      const who = entry.managers.length === 0 ? '' : ` by ${entry.managers.join(', ')}`;
      return `changed${who}${after}`;
    }
    case 'rollout': {
      const { name, number, isRollback } = entry.revision;
      return `${isRollback ? 'rolled back' : 'rolled out'} as revision ${number} (${name})${after}`;
    }
    case 'restart': {
      const { container, count, total, reason, exitCode } = entry.restart;
      const why = [reason, exitCode === undefined ? '' : `exit code ${exitCode}`].filter(
        (part) => part !== '',
      );
      const times = count === 1 ? 'restarted' : `restarted, ${count} times since the capture before`;
      return `container ${container} ${times}; ${total} in all${why.length === 0 ? '' : ` (${why.join(', ')})`}${after}`;
    }
    case 'condition': {
      const { type, before, after: status, reason, message } = entry.condition;
      const change = before === undefined || before === status ? status : `${before} → ${status}`;
      const again = before === status ? ' again' : '';
      const why = [reason, message].filter((part) => part !== '').join(': ');
      return `${type} ${change}${again}${why === '' ? '' : `, ${why}`}${after}`;
    }
  }
}

function* detailLines(entry: TimelineEntry): Generator<string> {
  if (entry.type === 'rollout') {
    for (const { container, before, after } of entry.images) {
      yield printable(`${container}: ${before ?? '(new container)'} → ${after ?? '(gone)'}`);
    }
  }
  if (entry.type !== 'changed') return;
  yield* changeLines(entry.changes.slice(0, CHANGES_SHOWN_MAX));
  const more = entry.changes.length - CHANGES_SHOWN_MAX;
  if (more > 0) yield `… ${more} more; see ptar diff --object`;
}

/** An entry for programs. */
export function entryDocument(entry: TimelineEntry): object {
  const { atMs, afterMs, precision, type, object, isWarning } = entry;
  const { group, kind, namespace, name } = object;
  const document = {
    time: new Date(atMs).toISOString(),
    precision,
    after: afterMs === undefined ? undefined : new Date(afterMs).toISOString(),
    type,
    namespace,
    group,
    kind,
    name,
    isWarning,
  };
  switch (entry.type) {
    case 'event': {
      const { firstMs, count, type: severity, reason, message, source } = entry.event;
      const first = firstMs === undefined ? undefined : new Date(firstMs).toISOString();
      return { ...document, event: { type: severity, reason, message, count, first, source } };
    }
    case 'changed':
      return { ...document, fields: entry.changes.map(({ label }) => label), managers: entry.managers };
    case 'rollout':
      return { ...document, revision: entry.revision, images: entry.images };
    case 'restart':
      return { ...document, restart: entry.restart };
    case 'condition':
      return { ...document, condition: entry.condition };
    case 'added':
    case 'removed':
      return document;
  }
}
