/** How `ptar describe` prints an object, for people. */
import type { ObjectDescription, ObjectEvent } from '../operations/describe-object.ts';
import type { IndexedObject, ObjectIndex, ObjectLink } from '../operations/object-index.ts';
import { formatAge, formatTime } from '../operations/quantities.ts';
import type { ObjectCertificate } from '../resources/certificates.ts';
import { stringAt, objectAt, type JsonObject } from '../resources/json-value.ts';
import { apiVersionOf, formatIdentity } from '../resources/object-path.ts';
import { treeColumns, treeLines } from './owner-tree.ts';
import { tableLines, type Column } from './table.ts';

/** Longest annotation that is shown whole (characters). */
const ANNOTATION_LENGTH_MAX = 120;
/** Days before its end from which on a certificate is marked. */
const EXPIRES_SOON_DAYS = 30;
const DAY_MS = 86_400_000;

type Line = string;

/** The lines of a description, without line ends; cells are printable, other lines are not yet. */
export async function* describeLines(
  index: ObjectIndex,
  description: ObjectDescription,
): AsyncGenerator<Line> {
  yield* identityLines(description);
  const { owners, owned, uses, usedBy, conditions, images, certificates, events, capturedMs } = description;
  if (owners.length > 0) {
    yield 'Owners:';
    for (const [depth, owner] of owners.entries()) {
      yield `  ${'  '.repeat(depth)}${linkName(owner, undefined)}${missing(owner)}`;
    }
  }
  if (owned.owned.length > 0) {
    yield 'Owns:';
    yield* indented(tableLines(treeColumns(index, false), treeLines(index, owned)));
  }
  yield* linkLines('Uses:', uses, description.object);
  yield* linkLines('Used by:', usedBy, description.object);
  if (images.length > 0) {
    yield 'Images:';
    yield* indented(
      tableLines(
        [
          {
            header: 'CONTAINER',
            cell: ({ container, type }) => (type === 'container' ? container : `${container} (${type})`),
          },
          { header: 'IMAGE', cell: ({ image }) => image },
          { header: 'RUNS', cell: ({ imageId }) => imageId ?? '' },
        ],
        images,
      ),
    );
  }
  if (conditions.length > 0) {
    yield 'Conditions:';
    yield* indented(
      tableLines(
        [
          { header: 'TYPE', cell: ({ type }) => type },
          { header: 'STATUS', cell: ({ status }) => status },
          { header: 'SINCE', cell: ({ changedMs }) => ago(changedMs, capturedMs) },
          { header: 'REASON', cell: ({ reason }) => reason },
          { header: 'MESSAGE', cell: ({ message }) => message },
        ],
        conditions,
      ),
    );
  }
  if (certificates.length > 0) {
    yield 'Certificates:';
    yield* indented(tableLines(certificateColumns(capturedMs), certificates));
  }
  if (events.length === 0) yield 'Events:       none were captured';
  else {
    yield 'Events:';
    yield* indented(tableLines(eventColumns(capturedMs), events));
  }
}

function* identityLines({
  object,
  content,
  state,
  capturedMs,
  deletedMs,
}: ObjectDescription): Generator<Line> {
  yield `Name:         ${object.name}`;
  if (object.namespace !== undefined) yield `Namespace:    ${object.namespace}`;
  yield `Kind:         ${object.kind} (${apiVersionOf(object)})`;
  if (object.uid !== undefined) yield `UID:          ${object.uid}`;
  const { createdMs } = object;
  if (createdMs !== undefined) {
    yield `Created:      ${formatTime(new Date(createdMs))}, ${formatAge(capturedMs - createdMs)} before the capture`;
  }
  yield `Captured:     ${formatTime(new Date(capturedMs))}`;
  if (deletedMs !== undefined) yield `Deleting:     since ${formatTime(new Date(deletedMs))}`;
  const status = [state.status, state.ready === '' ? '' : `${state.ready} ready`].filter(
    (part) => part !== '',
  );
  if (status.length > 0) yield `Status:       ${status.join(', ')}`;
  yield* pairLines('Labels:', objectAt(content, 'metadata', 'labels'));
  yield* pairLines('Annotations:', objectAt(content, 'metadata', 'annotations'));
  if (object.kind === 'Secret' && object.group === '') {
    yield `Type:         ${stringAt(content, 'type') ?? ''}`;
    yield* pairLines('Data:', objectAt(content, 'data'));
  }
}

function* pairLines(title: string, pairs: JsonObject | undefined): Generator<Line> {
  let head = title.padEnd(14);
  for (const [key, value] of pairs ?? []) {
    const text = typeof value === 'string' ? value : '';
    const isCut = text.length > ANNOTATION_LENGTH_MAX;
    yield `${head}${key}: ${isCut ? `${text.slice(0, ANNOTATION_LENGTH_MAX)}… (${text.length} characters)` : text}`;
    head = ' '.repeat(14);
  }
}

async function* indented(lines: AsyncIterable<Line>): AsyncGenerator<Line> {
  for await (const line of lines) yield `  ${line}`;
}

async function* linkLines(
  title: string,
  links: readonly ObjectLink[],
  self: IndexedObject,
): AsyncGenerator<Line> {
  if (links.length === 0) return;
  yield title;
  yield* indented(
    tableLines(
      [
        { header: 'OBJECT', cell: (link) => `${linkName(link, self)}${missing(link)}` },
        { header: 'AS', cell: ({ role }) => role },
        { header: 'AT', cell: ({ place }) => place },
      ],
      links,
    ),
  );
}

function linkName({ other }: ObjectLink, self: IndexedObject | undefined): string {
  const name = formatIdentity(other);
  return self === undefined || other.namespace === undefined || other.namespace === self.namespace
    ? name
    : `${other.namespace}/${name}`;
}

function missing({ object, optional }: ObjectLink): string {
  if (object !== undefined) return '';
  return optional ? ' (not captured, optional)' : ' (not captured)';
}

function ago(ms: number | undefined, capturedMs: number): string {
  return ms === undefined ? '' : formatAge(capturedMs - ms);
}

function eventColumns(capturedMs: number): readonly Column<ObjectEvent>[] {
  return [
    { header: 'LAST SEEN', cell: ({ lastMs }) => ago(lastMs, capturedMs) },
    { header: 'COUNT', cell: ({ count }) => String(count) },
    { header: 'TYPE', cell: ({ type }) => type },
    { header: 'REASON', cell: ({ reason }) => reason },
    { header: 'FROM', cell: ({ source }) => source },
    { header: 'MESSAGE', cell: ({ message }) => message },
  ];
}

function certificateColumns(capturedMs: number): readonly Column<ObjectCertificate>[] {
  return [
    { header: 'AT', cell: ({ place }) => place },
    {
      header: 'SUBJECT',
      cell: (item) => ('problem' in item ? item.problem : item.certificate.subject || '(none)'),
    },
    { header: 'ISSUER', cell: (item) => ('problem' in item ? '' : item.certificate.issuer) },
    {
      header: 'NAMES',
      cell: (item) => ('problem' in item ? '' : item.certificate.alternativeNames.join(' ')),
    },
    {
      header: 'VALID UNTIL',
      cell: (item) =>
        'problem' in item
          ? ''
          : `${formatTime(new Date(item.certificate.notAfterMs))}${expiry(item, capturedMs)}`,
    },
  ];
}

function expiry(item: Exclude<ObjectCertificate, { problem: string }>, capturedMs: number): string {
  const { notAfterMs, notBeforeMs } = item.certificate;
  if (capturedMs > notAfterMs) return `, expired ${formatAge(capturedMs - notAfterMs)} before the capture`;
  if (capturedMs < notBeforeMs) return ', not yet valid at the capture';
  const left = `, ${formatAge(notAfterMs - capturedMs)} after the capture`;
  return notAfterMs - capturedMs < EXPIRES_SOON_DAYS * DAY_MS ? `${left} (soon)` : left;
}
