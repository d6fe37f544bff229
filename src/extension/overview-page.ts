/** The overview as HTML: static, without scripts, in the colours of the editor. Text from archives is escaped. */
import { formatAge, formatNumber, formatSize, formatTime } from '../operations/quantities.ts';
import { escapeMarkup } from '../operations/report/markup.ts';
import { shownLocation } from './node-text.ts';
import type { Overview, SnapshotOverview } from './overview.ts';
import { OVERVIEW_STYLE } from './overview-style.ts';
import { counted, t } from './translation.ts';

const KINDS_MAX = 24;
const CERTIFICATES_MAX = 10;
const DAY_MS = 24 * 3600 * 1000;
/** Days before its end from which a certificate is a matter to look at. */
const CERTIFICATE_WARNING_DAYS = 30;

/** What a page may load, and where its links lead. */
export interface PageFrame {
  /** Unguessable, new for every page. */
  readonly nonce: string;
  /** Of the texts, for screen readers: `en`, `pt-br`. */
  readonly language: string;
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
    [t('Size'), formatSize(overview.size)],
    [t('Snapshots'), formatNumber(overview.snapshots.length)],
    [t('Content'), formatSize(overview.logicalSize)],
    [t('Saved'), saved > 0 ? `${(saved * 100).toFixed(0)} %` : t('nothing')],
    [
      t('Encryption'),
      overview.encryption === undefined ? t('none') : `${overview.encryption}, ${overview.kdf ?? ''}`,
    ],
    [t('Failed items'), formatNumber(failed)],
  ] as const;
  return page(
    frame,
    `<h1>${escapeMarkup(name)}</h1>
<p class="location">${escapeMarkup(shownLocation(overview.location))}</p>
<p class="actions">${link(frame, 'ptar.goToObject', t('Go to object'))} ${link(frame, 'ptar.search', t('Search'))}
${link(frame, 'ptar.whatChanged', t('What changed'))} ${link(frame, 'ptar.timeline', t('Timeline'))} ${link(frame, 'ptar.verify', t('Verify'))}</p>
<dl class="facts">${facts.map(([label, value]) => `<div><dt>${escapeMarkup(label)}</dt><dd>${escapeMarkup(value)}</dd></div>`).join('')}</dl>
${snapshotSection(overview, frame)}${kindSection(overview)}${certificateSection(overview, frame)}${failureSection(overview)}
<p class="small">${escapeMarkup(t('Repository {0}', overview.repositoryId))} · ${escapeMarkup(overview.compression)} · ${escapeMarkup(overview.hashing)}</p>`,
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
  const label = action === 'unlock' ? t('Unlock') : t('Try again');
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
      `${formatTime(new Date(capturedMs))} <span class="small">${escapeMarkup(t('{0} ago', formatAge(nowMs - capturedMs)))}</span>`,
      escapeMarkup([name, origin].filter((part) => part !== '').join(' · ')),
      escapeMarkup(type),
      formatNumber(files),
      formatSize(size),
      failed === 0 ? '0' : `<span class="bad">${formatNumber(failed)}</span>`,
      escapeMarkup(signatureText(signature)),
      `<code>${id.slice(0, 8)}</code>`,
    ];
    return `<tr>${cells.map((cell) => `<td>${cell}</td>`).join('')}</tr>`;
  });
  const heads = [
    t('Captured'),
    t('From'),
    t('Type'),
    t('Files'),
    t('Size'),
    t('Failed'),
    t('Signature'),
    t('Id'),
  ];
  return `${heading(t('Snapshots'))}<table>${tableHead(heads)}<tbody>${rows.join('')}</tbody></table>`;
}

function kindSection({ kinds, namespaces }: Overview): string {
  if (kinds.length === 0) return '';
  const most = kinds[0]?.count ?? 1;
  const rows = kinds
    .slice(0, KINDS_MAX)
    .map(
      ({ kind, count }) =>
        `<tr><th scope="row">${escapeMarkup(kind)}</th><td>${formatNumber(count)}</td><td><meter min="0" max="${most}" value="${count}" aria-hidden="true"></meter></td></tr>`,
    );
  const left = kinds.length - KINDS_MAX;
  const more = counted(left, t('and 1 more kind'), t('and {0} more kinds', formatNumber(left)));
  const rest = left > 0 ? `<p class="small">${escapeMarkup(more)}</p>` : '';
  const counts = [
    counted(namespaces, t('1 namespace'), t('{0} namespaces', formatNumber(namespaces))),
    counted(kinds.length, t('1 kind'), t('{0} kinds', formatNumber(kinds.length))),
  ];
  return `${heading(t('Objects of the newest snapshot'))}<p>${escapeMarkup(counts.join(', '))}</p><table class="kinds"><tbody>${rows.join('')}</tbody></table>${rest}`;
}

function certificateSection({ certificates }: Overview, { nowMs }: PageFrame): string {
  if (certificates.length === 0) return '';
  const rows = certificates.slice(0, CERTIFICATES_MAX).map(({ where, subject, expiresMs }) => {
    const days = Math.floor((expiresMs - nowMs) / DAY_MS);
    const text = escapeMarkup(validityText(days));
    const left = days < CERTIFICATE_WARNING_DAYS ? `<span class="bad">${text}</span>` : text;
    return `<tr><td>${escapeMarkup(where)}</td><td>${escapeMarkup(subject)}</td><td>${formatTime(new Date(expiresMs))}</td><td>${left}</td></tr>`;
  });
  const heads = ['Secret', t('Subject'), t('Valid to'), ''];
  return `${heading(t('Certificates that end first'))}<table>${tableHead(heads)}<tbody>${rows.join('')}</tbody></table>`;
}

function validityText(days: number): string {
  return days < 0
    ? counted(-days, t('ended 1 day ago'), t('ended {0} days ago', formatNumber(-days)))
    : counted(days, t('1 day left'), t('{0} days left', formatNumber(days)));
}

function failureSection({ failures }: Overview): string {
  if (failures.length === 0) return '';
  const rows = failures.map(
    ({ path, reason }) =>
      `<tr><td><code>${escapeMarkup(path)}</code></td><td>${escapeMarkup(reason)}</td></tr>`,
  );
  return `${heading(t('Could not be captured'))}<table><tbody>${rows.join('')}</tbody></table>`;
}

function heading(text: string): string {
  return `<h2>${escapeMarkup(text)}</h2>`;
}

function tableHead(heads: readonly string[]): string {
  return `<thead><tr>${heads.map((head) => `<th scope="col">${escapeMarkup(head)}</th>`).join('')}</tr></thead>`;
}

function signatureText(signature: SnapshotOverview['signature']): string {
  switch (signature) {
    case 'unsigned':
      return t('unsigned');
    case 'broken':
      return t('broken');
    case 'valid':
      return t('valid');
    case 'trusted':
      return t('trusted');
    case 'unknown':
      return t('unknown');
  }
}

function link({ commandUri }: PageFrame, command: string, label: string): string {
  return `<a class="button" href="${escapeMarkup(commandUri(command))}">${escapeMarkup(label)}</a>`;
}

function page({ nonce, language }: PageFrame, body: string): string {
  return `<!DOCTYPE html>
<html lang="${escapeMarkup(language)}"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'nonce-${nonce}'">
<meta name="viewport" content="width=device-width, initial-scale=1"><title>ptar</title>
<style nonce="${nonce}">${OVERVIEW_STYLE}</style></head><body><main>${body}</main></body></html>`;
}
