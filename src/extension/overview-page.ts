/** The overview as HTML: static, without scripts, in the colours of the editor. Text from archives is escaped. */
import { formatAge, formatCount, formatSize, formatTime } from '../operations/quantities.ts';
import { escapeMarkup } from '../operations/report/markup.ts';
import { shownLocation } from './node-text.ts';
import type { Overview } from './overview.ts';
import { OVERVIEW_STYLE } from './overview-style.ts';

const KINDS_MAX = 24;
const CERTIFICATES_MAX = 10;
const DAY_MS = 24 * 3600 * 1000;
/** Days before its end from which a certificate is a matter to look at. */
const CERTIFICATE_WARNING_DAYS = 30;

/** What a page may load, and where its links lead. */
export interface PageFrame {
  /** Unguessable, new for every page. */
  readonly nonce: string;
  /** A command URI of the archive: `command:ptar.verify?…`. */
  readonly commandUri: (command: string) => string;
  /** Unix milliseconds. */
  readonly nowMs: number;
}

/** The page about an open archive. */
export function overviewPage(overview: Overview, frame: PageFrame): string {
  const name = shownLocation(overview.location).split(/[\\/]/).at(-1);
  const saved = overview.logicalSize === 0 ? 0 : 1 - overview.size / overview.logicalSize;
  const failed = overview.snapshots.reduce((sum, snapshot) => sum + snapshot.failed, 0);
  const facts = [
    ['Size', formatSize(overview.size)],
    ['Snapshots', overview.snapshots.length.toLocaleString('en-US')],
    ['Content', formatSize(overview.logicalSize)],
    ['Saved', saved > 0 ? `${(saved * 100).toFixed(0)} %` : 'nothing'],
    [
      'Encryption',
      overview.encryption === undefined ? 'none' : `${overview.encryption}, ${overview.kdf ?? ''}`,
    ],
    ['Failed items', failed.toLocaleString('en-US')],
  ] as const;
  return page(
    frame,
    `<h1>${escapeMarkup(name)}</h1>
<p class="location">${escapeMarkup(shownLocation(overview.location))}</p>
<p class="actions">${link(frame, 'ptar.goToObject', 'Go to object')} ${link(frame, 'ptar.search', 'Search')}
${link(frame, 'ptar.whatChanged', 'What changed')} ${link(frame, 'ptar.timeline', 'Timeline')} ${link(frame, 'ptar.verify', 'Verify')}</p>
<dl class="facts">${facts.map(([label, value]) => `<div><dt>${label}</dt><dd>${escapeMarkup(value)}</dd></div>`).join('')}</dl>
${snapshotSection(overview, frame)}${kindSection(overview)}${certificateSection(overview, frame)}${failureSection(overview)}
<p class="small">Repository ${escapeMarkup(overview.repositoryId)} · ${escapeMarkup(overview.compression)} · ${escapeMarkup(overview.hashing)}</p>`,
  );
}

/** The page about an archive that is not open: why, and what to do. */
export function closedPage(
  location: string,
  reason: string,
  action: 'unlock' | 'retry',
  frame: PageFrame,
): string {
  const command = action === 'unlock' ? 'ptar.unlock' : 'ptar.refresh';
  const label = action === 'unlock' ? 'Unlock' : 'Try again';
  return page(
    frame,
    `<h1>${escapeMarkup(shownLocation(location).split(/[\\/]/).at(-1))}</h1>
<p class="location">${escapeMarkup(shownLocation(location))}</p>
<p role="status">${escapeMarkup(reason)}</p><p class="actions">${link(frame, command, label)}</p>`,
  );
}

function snapshotSection({ snapshots }: Overview, { nowMs }: PageFrame): string {
  const rows = snapshots.map(({ id, capturedMs, name, origin, type, files, size, failed, signature }) => {
    const cells = [
      `${formatTime(new Date(capturedMs))} <span class="small">${formatAge(nowMs - capturedMs)} ago</span>`,
      escapeMarkup([name, origin].filter((part) => part !== '').join(' · ')),
      escapeMarkup(type),
      files.toLocaleString('en-US'),
      formatSize(size),
      failed === 0 ? '0' : `<span class="bad">${failed.toLocaleString('en-US')}</span>`,
      signature,
      `<code>${id.slice(0, 8)}</code>`,
    ];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const heads = ['Captured', 'From', 'Type', 'Files', 'Size', 'Failed', 'Signature', 'Id'];
  return `<h2>Snapshots</h2><table><thead><tr>${heads.map((head) => `<th scope="col">${head}</th>`).join('')}</tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function kindSection({ kinds, namespaces }: Overview): string {
  if (kinds.length === 0) return '';
  const most = kinds[0]?.count ?? 1;
  const rows = kinds
    .slice(0, KINDS_MAX)
    .map(
      ({ kind, count }) =>
        `<tr><th scope="row">${escapeMarkup(kind)}</th><td>${count.toLocaleString('en-US')}</td><td><meter min="0" max="${most}" value="${count}" aria-hidden="true"></meter></td></tr>`,
    );
  const rest =
    kinds.length > KINDS_MAX
      ? `<p class="small">and ${formatCount(kinds.length - KINDS_MAX, 'more kind')}</p>`
      : '';
  return `<h2>Objects of the newest snapshot</h2><p>${formatCount(namespaces, 'namespace')}, ${formatCount(kinds.length, 'kind')}</p><table class="kinds"><tbody>${rows.join('')}</tbody></table>${rest}`;
}

function certificateSection({ certificates }: Overview, { nowMs }: PageFrame): string {
  if (certificates.length === 0) return '';
  const rows = certificates.slice(0, CERTIFICATES_MAX).map(({ where, subject, expiresMs }) => {
    const days = Math.floor((expiresMs - nowMs) / DAY_MS);
    const text = days < 0 ? `ended ${formatCount(-days, 'day')} ago` : `${formatCount(days, 'day')} left`;
    const shown = days < CERTIFICATE_WARNING_DAYS ? `<span class="bad">${text}</span>` : text;
    return `<tr><td>${escapeMarkup(where)}</td><td>${escapeMarkup(subject)}</td><td>${formatTime(new Date(expiresMs))}</td><td>${shown}</td></tr>`;
  });
  return `<h2>Certificates that end first</h2><table><thead><tr><th scope="col">Secret</th><th scope="col">Subject</th><th scope="col">Valid to</th><th scope="col"></th></tr></thead><tbody>${rows.join('')}</tbody></table>`;
}

function failureSection({ failures }: Overview): string {
  if (failures.length === 0) return '';
  const rows = failures.map(
    ({ path, reason }) =>
      `<tr><td><code>${escapeMarkup(path)}</code></td><td>${escapeMarkup(reason)}</td></tr>`,
  );
  return `<h2>Could not be captured</h2><table><tbody>${rows.join('')}</tbody></table>`;
}

function link({ commandUri }: PageFrame, command: string, label: string): string {
  return `<a class="button" href="${escapeMarkup(commandUri(command))}">${label}</a>`;
}

function page({ nonce }: PageFrame, body: string): string {
  return `<!DOCTYPE html>
<html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>ptar</title>
<style nonce="${nonce}">${OVERVIEW_STYLE}</style></head><body><main>${body}</main></body></html>`;
}
