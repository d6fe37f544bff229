/** How `ptar get` prints objects: tables in kubectl's manner, lists for programs. */
import type { SnapshotReader } from '../format/index.ts';
import { msFromTimestamp } from '../format/timestamp.ts';
import { findDefinition, type ListedObject } from '../operations/list-objects.ts';
import { columnsOf, type ObjectColumn } from '../operations/object-columns/index.ts';
import { stringifyJson } from '../resources/json-text.ts';
import { stringAt } from '../resources/json-value.ts';
import { formatIdentity } from '../resources/object-path.ts';
import { labelsOf } from '../resources/references.ts';
import { yamlFromJson } from '../resources/yaml-emit.ts';
import { tableLines, type Column } from './table.ts';
import type { Terminal } from './terminal.ts';

/** As kubectl has it. */
const JSON_INDENT = 4;

/** What a table is made for. */
export interface TableForm {
  readonly wide: boolean;
  readonly headers: boolean;
  /** Of all namespaces: they are shown. */
  readonly namespaces: boolean;
  /** Names come with their kind, because several kinds are listed. */
  readonly kinds: boolean;
  readonly labels: boolean;
}

/** Prints the objects of one kind as a table. @returns how many there were */
export async function printObjectTable(
  terminal: Terminal,
  snapshot: SnapshotReader,
  objects: AsyncIterable<ListedObject>,
  form: TableForm,
  signal: AbortSignal,
): Promise<number> {
  const iterator = objects[Symbol.asyncIterator]();
  const first = await iterator.next();
  if (first.done === true) return 0;
  let count = 0;
  const all = async function* (): AsyncGenerator<ListedObject> {
    for (let object = first.value; ;) {
      count += 1;
      yield object;
      const next = await iterator.next();
      if (next.done === true) return;
      object = next.value;
    }
  };
  const definition = await findDefinition(snapshot, first.value, signal);
  const columns = tableColumns(columnsOf(first.value, definition), first.value, form, capturedMs(snapshot));
  for await (const line of tableLines(columns, all(), { headers: form.headers })) {
    await terminal.resultLine(line);
  }
  return count;
}

function capturedMs(snapshot: SnapshotReader): number {
  return msFromTimestamp(snapshot.header.timestamp);
}

function tableColumns(
  columns: readonly ObjectColumn[],
  { namespace }: ListedObject,
  form: TableForm,
  nowMs: number,
): readonly Column<ListedObject>[] {
  const context = { nowMs, wide: form.wide };
  const shown = columns.filter((column) => form.wide || column.wide !== true);
  return [
    ...(form.namespaces && namespace !== undefined
      ? [{ header: 'NAMESPACE', cell: (object: ListedObject) => object.namespace ?? '' }]
      : []),
    ...shown.map(({ header, cell }) => ({
      header,
      cell: (object: ListedObject) => {
        const text = firstLine(cell(object.content, context));
        return form.kinds && header === 'NAME' ? `${kindPrefix(object)}${text}` : text;
      },
    })),
    ...(form.labels ? [{ header: 'LABELS', cell: labelsCell }] : []),
  ];
}

function kindPrefix(object: ListedObject): string {
  return formatIdentity({ ...object, name: '' });
}

function labelsCell({ content }: ListedObject): string {
  const labels = [...labelsOf(content)].map(([key, value]) => `${key}=${value}`);
  return labels.length === 0 ? '<none>' : labels.sort().join(',');
}

/** A cell is one line, as kubectl cuts it. */
function firstLine(text: string): string {
  const end = text.search(/[\f\n\r]/);
  return end < 0 ? text : `${text.slice(0, end)}...`;
}

/** Prints objects as kubectl prints several: one List. Each is written as it comes. */
export async function printObjectList(
  terminal: Terminal,
  objects: AsyncIterable<ListedObject>,
  format: 'json' | 'yaml',
): Promise<number> {
  let count = 0;
  await terminal.result(
    format === 'json' ? '{\n    "apiVersion": "v1",\n    "items": [' : 'apiVersion: v1\n',
  );
  for await (const { content } of objects) {
    if (format === 'yaml') {
      await terminal.result(`${count === 0 ? 'items:\n' : ''}${yamlFromJson([content])}`);
    } else {
      const text = stringifyJson(content, JSON_INDENT).trimEnd().replaceAll('\n', '\n        ');
      await terminal.result(`${count === 0 ? '' : ','}\n        ${text}`);
    }
    count += 1;
  }
  if (format === 'yaml') await terminal.result(`${count === 0 ? 'items: []\n' : ''}kind: List\n`);
  else await terminal.result(`${count === 0 ? '' : '\n    '}],\n    "kind": "List"\n}\n`);
  return count;
}

/** Prints one object. */
export async function printObject(
  terminal: Terminal,
  { content }: ListedObject,
  format: 'json' | 'yaml',
): Promise<void> {
  await terminal.result(
    format === 'json' ? `${stringifyJson(content, JSON_INDENT).trimEnd()}\n` : yamlFromJson(content),
  );
}

/** True where something of a Secret may have been hidden. */
export function isMaskedSecret({ content }: ListedObject): boolean {
  return stringAt(content, 'kind') === 'Secret' && stringAt(content, 'apiVersion') === 'v1';
}
