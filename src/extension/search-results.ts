import { formatNumber } from '../operations/quantities.ts';
import { throwIfCancelled } from '../errors.ts';
import { parseLabels, searchSnapshot, type SearchQuery } from '../operations/search.ts';
import { fullName, kindIcon } from './kind-table.ts';
import type { OpenSnapshot } from './open-archive.ts';
import { pathBelow } from './object-place.ts';
import type { Result, ResultSet } from './result.ts';
import { t } from './translation.ts';

/** Most objects that a search lists. */
const HITS_MAX = 1000;
/** Most places that are listed of one object. */
const PLACES_MAX = 20;

/** What was typed: `image:TEXT`, `label:a=b`, or any text, whatever its case. */
export function parseSearch(typed: string): SearchQuery {
  const text = typed.trim();
  const [, field, rest = ''] = /^(image|label):(.*)$/s.exec(text) ?? [];
  const includes = (needle: string) => (value: string) => value.toLowerCase().includes(needle.toLowerCase());
  if (field === 'image') return { image: includes(rest.trim()) };
  if (field === 'label') return { labels: parseLabels(rest) };
  return { text: includes(text) };
}

/** Objects of a snapshot that `typed` finds; values of Secrets neither match nor show. @throws IntegrityError; FormatError; CancelledError */
export async function searchResults(
  archiveKey: string,
  { reader, catalogue }: OpenSnapshot,
  typed: string,
  signal: AbortSignal,
  onFound?: (count: number) => void,
): Promise<ResultSet> {
  const results: Result[] = [];
  let isCut = false;
  for await (const hit of searchSnapshot(reader, parseSearch(typed), signal)) {
    throwIfCancelled(signal);
    if ('problem' in hit) {
      results.push({ label: hit.path, description: hit.problem, icon: 'warning' });
      continue;
    }
    if (results.length === HITS_MAX) {
      isCut = true;
      break;
    }
    const { identity, places } = hit;
    const path = pathBelow(catalogue.root, identity);
    const target = { opens: 'object', address: { archiveKey, snapshotId: reader.id, path } } as const;
    results.push({
      label: `${fullName(identity)}/${identity.name}`,
      description: identity.namespace ?? '',
      icon: kindIcon(identity),
      target,
      children: places.slice(0, PLACES_MAX).map(({ label, value }) => ({
        label: label === '' ? value : label,
        description: value.split('\n', 1)[0] ?? '',
        icon: 'symbol-field',
        target,
      })),
    });
    onFound?.(results.length);
  }
  return {
    title: isCut
      ? t('First {0} for “{1}”', formatNumber(results.length), typed)
      : t('{0} for “{1}”', formatNumber(results.length), typed),
    results,
    empty: t('Nothing holds “{0}”. Values of Secrets are not searched.', typed),
  };
}
