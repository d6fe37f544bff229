/** How `ptar timeline` prints entries. */
import type { TimelineCapture, TimelineEntry } from '../operations/timeline.ts';
import {
  changesLeftOut,
  entryDetails,
  entryText,
  PRECISION_MARKS,
  timeOfDay,
} from '../operations/timeline-text.ts';
import { printable } from '../operations/printable.ts';
import { formatIdentity } from '../resources/object-path.ts';

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
    const mark = PRECISION_MARKS[entry.precision];
    const { object } = entry;
    const name = `${object.namespace === undefined ? '' : `${object.namespace}/`}${formatIdentity(object)}`;
    const text = `${mark}${timeOfDay(entry.atMs)}  ${printable(`${name} ${entryText(entry)}`)}`;
    yield* dated(entry.atMs, text, entry.isWarning);
    for (const line of entryDetails(entry)) yield { text: `${INDENT}${line}`, isWarning: false };
    const more = changesLeftOut(entry);
    if (more > 0) yield { text: `${INDENT}… ${more} more; see ptar diff --object`, isWarning: false };
  }
  yield* capturesUntil(Infinity);
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
