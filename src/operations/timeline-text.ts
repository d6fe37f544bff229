/** How the entries of a timeline read. */
import { changeLines } from './change-lines.ts';
import { printable } from './printable.ts';
import type { TimelineEntry } from './timeline-entry.ts';

/** Changed fields of one object that are named; of more their number is. */
const CHANGES_SHOWN_MAX = 5;

/** Stands before a time: what is known of it. */
export const PRECISION_MARKS: Readonly<Record<TimelineEntry['precision'], string>> = {
  exact: ' ',
  'last write': '~',
  between: '‥',
};

/** `14:04:23`, UTC. */
export function timeOfDay(ms: number): string {
  return new Date(ms).toISOString().slice(11, 19);
}

/** What happened, in one line; text from the cluster is in it as it is. */
export function entryText(entry: TimelineEntry): string {
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

/** What changed by it, a line each, ready to print. */
export function* entryDetails(entry: TimelineEntry): Generator<string> {
  if (entry.type === 'rollout') {
    for (const { container, before, after } of entry.images) {
      yield printable(`${container}: ${before ?? '(new container)'} → ${after ?? '(gone)'}`);
    }
  }
  if (entry.type !== 'changed') return;
  yield* changeLines(entry.changes.slice(0, CHANGES_SHOWN_MAX));
}

/** How many changes {@link entryDetails} leaves out. */
export function changesLeftOut(entry: TimelineEntry): number {
  return entry.type === 'changed' ? Math.max(0, entry.changes.length - CHANGES_SHOWN_MAX) : 0;
}
