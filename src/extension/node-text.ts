/** How nodes read: label, description, icon, what screen readers say, and for what commands they stand. */
import { formatAge, formatNumber, formatSize, formatTime } from '../operations/quantities.ts';
import { printable } from '../operations/printable.ts';
import { dateFromTimestamp } from '../format/timestamp.ts';
import { baseName } from '../format/path.ts';
import { fullName, kindIcon } from './kind-table.ts';
import type { LayerName, Node, SnapshotNode } from './node.ts';
import { counted, t } from './translation.ts';

/** What is shown of a node. */
export interface NodeText {
  readonly label: string;
  readonly description?: string;
  /** Name of a codicon. */
  readonly icon: string;
  /** Spoken instead of the label. */
  readonly spoken?: string;
  /** Words for the `when` clauses of menus. */
  readonly context: readonly string[];
}

/** What the text depends on besides the node. */
export interface TextSurroundings {
  /** Unix milliseconds. */
  readonly nowMs: number;
  /** Of the address of a Secret whose values may be seen. */
  readonly isRevealed: (node: Node) => boolean;
}

function layerText(layer: LayerName): { readonly label: string; readonly icon: string } {
  switch (layer) {
    case 'objects':
      return { label: t('API objects'), icon: 'symbol-namespace' };
    case 'files':
      return { label: t('Files'), icon: 'files' };
    case 'volumes':
      return { label: t('Volumes'), icon: 'database' };
    case 'control-plane':
      return { label: t('Control plane'), icon: 'server-environment' };
    case 'etcd':
      return { label: 'etcd', icon: 'database' };
    case 'errors':
      return { label: t('Could not be captured'), icon: 'warning' };
  }
}

/** The text of `node`. */
export function textOfNode(node: Node, { nowMs, isRevealed }: TextSurroundings): NodeText {
  switch (node.type) {
    case 'archive': {
      const { location } = node.record;
      const name = shownLocation(location).split(/[\\/]/).at(-1);
      const lock = node.isEncrypted ? ['encrypted', node.isOpen ? 'unlocked' : 'locked'] : [];
      const said = node.isOpen ? t('archive {0}, unlocked', name) : t('archive {0}, locked', name);
      return {
        label: printable(name),
        description: node.isEncrypted && !node.isOpen ? t('locked') : folderOf(shownLocation(location)),
        icon: node.isEncrypted && !node.isOpen ? 'lock' : 'archive',
        spoken: node.isEncrypted ? said : t('archive {0}', name),
        context: ['archive', ...(node.isOpen ? ['open'] : []), ...lock],
      };
    }
    case 'snapshot':
      return snapshotText(node, nowMs);
    case 'layer': {
      const { label, icon } = layerText(node.layer);
      const description = node.count === undefined ? {} : { description: formatNumber(node.count) };
      const context =
        node.layer === 'errors'
          ? ['failures']
          : ['layer', 'extractable', ...(node.layer === 'objects' ? ['restorable'] : [])];
      return { label, icon, ...description, context };
    }
    case 'namespace':
      return {
        label: node.namespace === undefined ? t('Cluster-scoped') : printable(node.namespace),
        icon: node.namespace === undefined ? 'globe' : 'symbol-namespace',
        spoken:
          node.namespace === undefined
            ? t('objects without a namespace')
            : t('namespace {0}', node.namespace),
        context: ['namespace', 'restorable', 'extractable'],
      };
    case 'kind':
      return {
        label: printable(node.kind),
        ...(node.isAmbiguous && { description: node.group }),
        icon: kindIcon(node),
        spoken: t('kind {0}', node.kind),
        context: ['kind', 'restorable', 'extractable'],
      };
    case 'object': {
      const isSecret = node.identity.kind === 'Secret' && node.identity.group === '';
      const secret = isSecret ? [isRevealed(node) ? 'shownSecret' : 'hiddenSecret'] : [];
      const name = `${fullName(node.identity)} ${node.identity.name}`;
      const said = isRevealed(node) ? t('{0}, values shown', name) : t('{0}, values hidden', name);
      return {
        label: printable(node.identity.name),
        icon: kindIcon(node.identity),
        spoken: isSecret ? said : name,
        context: ['object', 'restorable', 'extractable', 'readable', ...secret],
      };
    }
    case 'folder':
      return { label: printable(baseName(node.path)), icon: 'folder', context: ['folder', 'extractable'] };
    case 'file':
      return {
        label: printable(baseName(node.path)),
        description: formatSize(node.size),
        icon: 'file',
        context: ['file', 'extractable', 'readable'],
      };
    case 'failure':
      return {
        label: printable(node.path),
        description: printable(node.reason),
        icon: 'error',
        context: ['failure'],
      };
    case 'more':
      return {
        label: t('Load more…'),
        description: t('{0} shown', formatNumber(node.shown)),
        icon: 'ellipsis',
        context: ['more'],
      };
    case 'message':
      return {
        label: printable(node.text),
        icon: node.action === 'unlock' ? 'lock' : node.action === 'retry' ? 'error' : 'info',
        context: ['message'],
      };
  }
}

function snapshotText(node: SnapshotNode, nowMs: number): NodeText {
  const { header, source } = node.reader;
  const date = dateFromTimestamp(header.timestamp);
  const failed = source.summary.directory.errors + source.summary.below.errors;
  const origin = [header.name, source.importer.origin].filter((part) => part !== '').join(' · ');
  const health =
    failed > 0 ? `, ${counted(failed, t('1 failure'), t('{0} failures', formatNumber(failed)))}` : '';
  const age = t('{0} ago', formatAge(nowMs - date.getTime()));
  return {
    label: formatTime(date),
    description: printable([age, origin].filter((part) => part !== '').join(' · ')) + health,
    icon: failed > 0 ? 'warning' : node.isNewest ? 'circle-filled' : 'circle-outline',
    spoken: t('snapshot of {0}', [formatTime(date), age, origin].join(', ')) + health,
    context: ['snapshot', 'extractable', 'restorable'],
  };
}

/** A location as it may be shown: without user name, password and query. */
export function shownLocation(location: string): string {
  if (!/^https?:\/\//i.test(location)) return location;
  try {
    const { protocol, host, pathname } = new URL(location);
    return `${protocol}//${host}${pathname}`;
  } catch {
    return t('archive on the web');
  }
}

function folderOf(location: string): string {
  return location.slice(0, Math.max(location.lastIndexOf('/'), location.lastIndexOf('\\'), 0));
}
