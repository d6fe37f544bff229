/**
 * A restore as one HTML file for a mail or a ticket: nothing is loaded, no script runs, and its own policy forbids both. Everything that
 * comes from objects is escaped.
 */
import { createHash } from 'node:crypto';
import { formatCount } from '../quantities.ts';
import { escapeMarkup } from './markup.ts';
import {
  isProblem,
  isUnsettled,
  REPORTED_OUTCOMES,
  type ReportedItem,
  type ReportedRun,
  type RestoreReport,
} from './restore-report.ts';

const STYLE = `
:root { color-scheme: light dark; --line: color-mix(in srgb, currentColor 20%, transparent); }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 70rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; margin-bottom: .2rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .2rem 1rem; }
dt { opacity: .7; }
dd { margin: 0; overflow-wrap: anywhere; }
table { border-collapse: collapse; width: 100%; }
th, td { text-align: left; vertical-align: top; padding: .35rem .6rem .35rem 0; border-bottom: 1px solid var(--line); overflow-wrap: anywhere; }
td.time { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
.failed, .unknown, .unreached { color: #b3261e; font-weight: 600; }
.skipped { color: #8a5a00; font-weight: 600; }
.note { opacity: .75; }
@media (prefers-color-scheme: dark) { .failed, .unknown, .unreached { color: #ff8a80; } .skipped { color: #ffc46b; } }
`;

/** How an action and what it did are called. */
const WORDS: Readonly<Record<ReportedRun['action'], { readonly title: string; readonly done: string }>> = {
  restore: { title: 'Restore', done: 'Restored' },
  undo: { title: 'Undo of restore', done: 'Taken back' },
};

/** The report as one document. */
export function htmlReport(report: RestoreReport): string {
  const { source, target, items } = report;
  const words = WORDS[report.action];
  const title = `${words.title} ${report.restoreId}`.trimEnd();
  const problems = items.filter(isProblem);
  const skipped = items.filter((item) => item.outcome === 'skipped' && !isProblem(item));
  const others = items.filter(({ outcome }) => !isUnsettled(outcome) && outcome !== 'skipped');
  const facts: readonly (readonly [string, string])[] = [
    [words.title, report.restoreId === '' ? 'ended before its first write' : report.restoreId],
    ...(report.interruption === undefined ? [] : [['Interrupted', report.interruption] as const]),
    ['Began', report.startedAt],
    ['Took', `${formatSeconds(report.elapsedMs)} s`],
    ['From', `${source.archive}, snapshot ${source.snapshotId}`],
    ['To', `${target.server} (context ${target.context}, Kubernetes ${target.version})`],
    ...(report.mapping === undefined ? [] : [['Mapping', JSON.stringify(report.mapping)] as const]),
    ['Made by', `ptar ${report.client}`],
  ];
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy()}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${escapeMarkup(title)}</title>
<style>${STYLE}</style>
</head>
<body>
<h1>${escapeMarkup(headline(report))}</h1>
<dl>
${facts.map(([name, value]) => `<dt>${escapeMarkup(name)}</dt><dd>${escapeMarkup(value)}</dd>`).join('\n')}
</dl>
${warningList(report.warnings)}${section('What needs a look', problems)}${section(words.done, others)}${section('Left as it is, by design', skipped)}</body>
</html>
`;
}

function headline({ action, interruption, counts }: RestoreReport): string {
  const parts = REPORTED_OUTCOMES.filter((outcome) => counts[outcome] > 0).map(
    (outcome) => `${formatCount(counts[outcome], 'object')} ${outcome}`,
  );
  const said = parts.length === 0 ? `Nothing to ${action}` : parts.join(', ');
  return interruption === undefined ? said : `Interrupted: ${said}`;
}

function warningList(warnings: readonly string[]): string {
  if (warnings.length === 0) return '';
  const lines = warnings.map((warning) => `<li>${escapeMarkup(warning)}</li>`).join('\n');
  return `<h2>Warnings (${warnings.length})</h2>\n<ul>\n${lines}\n</ul>\n`;
}

function section(title: string, items: readonly ReportedItem[]): string {
  if (items.length === 0) return '';
  const head = ['Namespace', 'Object', 'Outcome', 'Why', 'Seconds'].map(
    (name) => `<th scope="col">${name}</th>`,
  );
  return `<h2>${title} (${items.length})</h2>
<table>
<thead><tr>${head.join('')}</tr></thead>
<tbody>
${items.map(row).join('\n')}
</tbody>
</table>
`;
}

function row({ namespace = '', name, outcome, reason, notes, elapsedMs }: ReportedItem): string {
  const said = [
    ...(reason === '' ? [] : [escapeMarkup(reason)]),
    ...notes.map((note) => `<span class="note">${escapeMarkup(note)}</span>`),
  ].join('<br>');
  const cells = [
    `<td>${escapeMarkup(namespace)}</td>`,
    `<td>${escapeMarkup(name)}</td>`,
    `<td class="${outcome}">${outcome}</td>`,
    `<td>${said}</td>`,
    `<td class="time">${formatSeconds(elapsedMs)}</td>`,
  ];
  return `<tr>${cells.join('')}</tr>`;
}

function formatSeconds(ms: number): string {
  return (ms / 1000).toFixed(2);
}

/** Only the style above counts, by its hash. Source: https://www.w3.org/TR/CSP3/ */
function policy(): string {
  const hash = createHash('sha256').update(STYLE).digest('base64');
  return `default-src 'none'; style-src 'sha256-${hash}'; base-uri 'none'; form-action 'none'`;
}
