/**
 * A restore as JUnit XML, which CI systems show: a suite for every namespace, a case for every object. What an interrupted run did not get
 * to is an error.
 *
 * Source: https://github.com/testmoapp/junitxml, the form that CI systems agree on
 */
import { escapeMarkup } from './markup.ts';
import type { ReportedItem, ReportedOutcome, RestoreReport } from './restore-report.ts';

const SECOND_MS = 1000;

/** The report as one XML document. */
export function junitReport(report: RestoreReport): string {
  const suites = new Map<string, ReportedItem[]>();
  for (const item of report.items) {
    const name = item.namespace ?? '';
    const suite = suites.get(name);
    if (suite === undefined) suites.set(name, [item]);
    else suite.push(item);
  }
  const lines = [...suites.keys()]
    .sort()
    .flatMap((namespace) => testSuite(namespace, suites.get(namespace) ?? [], report.startedAt));
  const root = attributes({
    name: `ptar ${report.action} ${report.restoreId}`.trimEnd(),
    ...counted(report.items),
    time: seconds(report.elapsedMs),
  });
  return `<?xml version="1.0" encoding="UTF-8"?>\n<testsuites${root}>\n${lines.map((line) => `${line}\n`).join('')}</testsuites>\n`;
}

function testSuite(namespace: string, items: readonly ReportedItem[], timestamp: string): string[] {
  const head = attributes({
    name: namespace === '' ? '(cluster)' : namespace,
    ...counted(items),
    time: seconds(items.reduce((sum, { elapsedMs }) => sum + elapsedMs, 0)),
    timestamp,
  });
  return [`  <testsuite${head}>`, ...items.flatMap(testCase), '  </testsuite>'];
}

function testCase({ name, outcome, reason, notes, elapsedMs }: ReportedItem): string[] {
  const [classname = '', ...rest] = name.split('/');
  const head = `    <testcase${attributes({ classname, name: rest.join('/'), time: seconds(elapsedMs) })}`;
  const said = notes.length === 0 ? [] : [`      <system-out>${escapeMarkup(notes.join('\n'))}</system-out>`];
  if (outcome === 'failed') {
    said.unshift(`      <failure${attributes({ message: reason, type: 'failed' })}/>`);
  }
  if (outcome === 'unknown' || outcome === 'unreached') {
    said.unshift(`      <error${attributes({ message: reason, type: outcome })}/>`);
  }
  if (outcome === 'skipped') said.unshift(`      <skipped${attributes({ message: reason })}/>`);
  return said.length === 0 ? [`${head}/>`] : [`${head}>`, ...said, '    </testcase>'];
}

function counted(items: readonly ReportedItem[]): Record<string, string> {
  const count = (...wanted: readonly ReportedOutcome[]): string =>
    String(items.filter(({ outcome }) => wanted.includes(outcome)).length);
  return {
    tests: String(items.length),
    failures: count('failed'),
    errors: count('unknown', 'unreached'),
    skipped: count('skipped'),
  };
}

function attributes(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => ` ${name}="${escapeMarkup(value)}"`)
    .join('');
}

function seconds(ms: number): string {
  return (ms / SECOND_MS).toFixed(3);
}
