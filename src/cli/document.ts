import type { Terminal } from './terminal.ts';

/** Forms for programs. */
export type DocumentFormat = 'json' | 'yaml';

/** Prints plain data as JSON or YAML; fields that are undefined are left out. */
export async function printDocument(
  terminal: Terminal,
  value: object,
  format: DocumentFormat,
): Promise<void> {
  await terminal.result(format === 'json' ? `${JSON.stringify(value, undefined, 2)}\n` : await yamlOf(value));
}

/** Prints values as one JSON or YAML list, each as it comes. */
export async function printList(
  terminal: Terminal,
  values: AsyncIterable<object> | Iterable<object>,
  format: DocumentFormat,
): Promise<void> {
  let count = 0;
  for await (const value of values) {
    if (format === 'yaml') {
      await terminal.result(await yamlOf([value]));
    } else {
      const indented = JSON.stringify(value, undefined, 2).replaceAll('\n', '\n  ');
      await terminal.result(`${count === 0 ? '[' : ','}\n  ${indented}`);
    }
    count += 1;
  }
  if (count === 0) await terminal.result('[]\n');
  else if (format === 'json') await terminal.result('\n]\n');
}

async function yamlOf(value: object): Promise<string> {
  const [{ jsonFrom }, { yamlFromJson }] = await Promise.all([
    import('../resources/json-value.ts'),
    import('../resources/yaml-emit.ts'),
  ]);
  return yamlFromJson(jsonFrom(value));
}
