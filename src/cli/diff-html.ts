import { createHash } from 'node:crypto';
import { changeLines } from '../operations/change-lines.ts';
import type { ObjectChange } from '../operations/diff-objects.ts';
import { ObjectSpill, type Recall } from '../operations/object-spill.ts';
import { escapeMarkup } from '../operations/report/markup.ts';
import { formatIdentity } from '../resources/object-path.ts';
import { changeUnified } from './diff-forms.ts';
import { countsText } from './diff-summary.ts';

const STYLE = `
:root { color-scheme: light dark; }
body { font: 15px/1.5 system-ui, sans-serif; margin: 2rem auto; max-width: 75rem; padding: 0 1rem; }
h1 { font-size: 1.4rem; } h2 { font-size: 1.1rem; margin: 1.5rem 0 .3rem; }
pre { overflow-x: auto; margin: .3rem 0 .8rem; font: 13px/1.4 ui-monospace, monospace; }
details details, .object { margin-left: 1.2rem; } summary { cursor: pointer; }
.added, .add { color: light-dark(#116329, #7ee787); } .removed, .remove { color: light-dark(#a40e26, #ffa198); }
.changed { color: light-dark(#7a4e00, #e3b341); } .note { color: light-dark(#57606a, #9198a1); }
`;
/** Nothing may be loaded, run, sent or framed; the one style is known by its hash. */
const POLICY = [
  "default-src 'none'",
  `style-src 'sha256-${createHash('sha256').update(STYLE).digest('base64')}'`,
  "base-uri 'none'",
  "form-action 'none'",
].join('; ');
const SIGNS = { added: '+', removed: '−', changed: '~' } as const;

interface Row {
  readonly change: ObjectChange['change'];
  readonly namespace: string;
  readonly kind: string;
  readonly name: string;
  readonly detail: Recall;
}

/**
 * Differences as one HTML page without scripts: a tree of namespaces and kinds, and below every object what changed in it. Values of
 * Secrets are not in it. What is not in the tree is put aside until it is written.
 */
export class HtmlReport {
  readonly #rows: Row[] = [];
  readonly #spill = new ObjectSpill();

  async add(change: ObjectChange): Promise<void> {
    const { namespace = '', group, kind, name } = change.identity;
    this.#rows.push({
      change: change.change,
      namespace,
      kind: group === '' ? kind : `${kind}.${group}`,
      name,
      detail: await this.#spill.put(Buffer.from(detailOf(change))),
    });
  }

  /** The page, piece by piece. `title` says what is compared, `note` what is not told. */
  async *pages(title: string, note: string): AsyncGenerator<string> {
    const rows = this.#rows.sort((left, right) => (orderOf(left) < orderOf(right) ? -1 : 1));
    yield `<!doctype html>\n<html lang="en">\n<meta charset="utf-8">\n<meta http-equiv="Content-Security-Policy" content="${POLICY}">\n`;
    yield `<meta name="viewport" content="width=device-width">\n<title>${escapeMarkup(title)}</title>\n<style>${STYLE}</style>\n`;
    yield `<h1>${escapeMarkup(title)}</h1>\n<p>${escapeMarkup(countsText(counted(rows)))}<span class="note">${escapeMarkup(note)}</span></p>\n`;
    for (const [namespace, ofNamespace] of grouped(rows, (row) => row.namespace)) {
      yield `<h2>${namespace === '' ? '(cluster)' : escapeMarkup(namespace)}</h2>\n`;
      for (const [kind, ofKind] of grouped(ofNamespace, (row) => row.kind)) {
        yield `<details><summary>${escapeMarkup(kind)} <span class="note">${escapeMarkup(countsText(counted(ofKind)))}</span></summary>\n`;
        for (const row of ofKind) {
          yield `<details class="object"><summary class="${row.change}">${SIGNS[row.change]} ${escapeMarkup(row.name)}</summary>\n`;
          yield `${Buffer.from(await row.detail()).toString('utf8')}</details>\n`;
        }
        yield '</details>\n';
      }
    }
    yield '</html>\n';
  }

  /** Forgets everything. */
  close(): Promise<void> {
    return this.#spill.close();
  }
}

function detailOf(change: ObjectChange): string {
  const lines = coloured([...changeLines(change.changes)]);
  const unified = coloured(changeUnified(change).split('\n'));
  const manifest = `<details><summary class="note">${escapeMarkup(formatIdentity(change.identity))}, as YAML</summary><pre>${unified}</pre></details>`;
  return lines === '' ? `${manifest}\n` : `<pre>${lines}</pre>${manifest}\n`;
}

function coloured(lines: readonly string[]): string {
  return lines.map((line) => colouredLine(line)).join('\n');
}

function colouredLine(line: string): string {
  const sign = line.trimStart().charAt(0);
  const name = sign === '+' ? 'add' : sign === '-' ? 'remove' : '';
  return name === '' ? escapeMarkup(line) : `<span class="${name}">${escapeMarkup(line)}</span>`;
}

function counted(rows: readonly Row[]): Record<ObjectChange['change'], number> {
  const counts = { added: 0, removed: 0, changed: 0 };
  for (const { change } of rows) counts[change] += 1;
  return counts;
}

function grouped(rows: readonly Row[], keyOf: (row: Row) => string): ReadonlyMap<string, readonly Row[]> {
  const groups = new Map<string, Row[]>();
  for (const row of rows) {
    const group = groups.get(keyOf(row));
    if (group === undefined) groups.set(keyOf(row), [row]);
    else group.push(row);
  }
  return groups;
}

function orderOf({ namespace, kind, name }: Row): string {
  return [namespace, kind, name].join('\0');
}
