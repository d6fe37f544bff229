import { isPtarError } from '../errors.ts';
import { isDirectory } from '../format/index.ts';
import type { ArchiveShelf } from './archive-shelf.ts';
import { NameFilter } from './name-filter.ts';
import type { ArchiveNode, LayerName, LayerNode, MessageNode, Node, SnapshotNode } from './node.ts';
import type { OpenArchive, OpenSnapshot } from './open-archive.ts';
import { t } from './translation.ts';

/** Children of one node that are known so far. */
interface Page {
  readonly nodes: Node[];
  readonly rest: AsyncIterator<Node>;
  isComplete: boolean;
}

/** What lies below each node of the tree; read when it is asked for, kept until it may be something else. */
export class NodeChildren {
  readonly #shelf: ArchiveShelf;
  readonly #pageSize: () => number;
  readonly #pages = new Map<string, Page>();
  #filter = new NameFilter('');

  /** @param pageSize how many children of a node are shown at a time */
  constructor(shelf: ArchiveShelf, pageSize: () => number) {
    this.#shelf = shelf;
    this.#pageSize = pageSize;
  }

  get filter(): NameFilter {
    return this.#filter;
  }

  set filter(filter: NameFilter) {
    this.#filter = filter;
    this.#pages.clear();
  }

  /** Forgets what was read of one archive, or of all. */
  forget(archiveKey?: string): void {
    for (const id of this.#pages.keys()) {
      if (archiveKey === undefined || id.startsWith(archiveKey)) this.#pages.delete(id);
    }
  }

  /** The archives of the window. */
  roots(): readonly ArchiveNode[] {
    return this.#shelf.records().map((record) => {
      const state = this.#shelf.state(record.key);
      return {
        type: 'archive',
        id: record.key,
        parent: undefined,
        archiveKey: record.key,
        record,
        isOpen: state.is === 'open',
        isEncrypted: state.is === 'locked' || (state.is === 'open' && state.archive.reader.encrypted),
      };
    });
  }

  /** What is shown below `node`. What goes wrong is a message, not a throw: the rest of the tree stays usable. */
  async of(node: Node): Promise<readonly Node[]> {
    try {
      return await this.#read(node);
    } catch (error) {
      if (!isPtarError(error)) throw error;
      if (error.name === 'KeyError') {
        return [message(node, t('Locked. Unlock it to look inside.'), 'unlock')];
      }
      return [message(node, error.message, node.type === 'archive' ? 'retry' : 'none')];
    }
  }

  /** Reads the next children of the node that `more` stands in. */
  async showMore(parent: Node): Promise<void> {
    const page = this.#pages.get(parent.id);
    if (page !== undefined) await fill(page, page.nodes.length + this.#pageSize());
  }

  async #read(node: Node): Promise<readonly Node[]> {
    if (node.type === 'archive') {
      const archive = await this.#shelf.open(node.archiveKey, false);
      return this.#page(node, () => snapshotNodes(archive, node));
    }
    if (!('snapshotId' in node)) return [];
    const archive = await this.#shelf.open(node.archiveKey, false);
    const snapshot = await archive.snapshot(node.snapshotId);
    return this.#page(node, () => this.#below(node, snapshot));
  }

  async #page(node: Node, begin: () => AsyncIterable<Node>): Promise<readonly Node[]> {
    let page = this.#pages.get(node.id);
    if (page === undefined) {
      page = { nodes: [], rest: begin()[Symbol.asyncIterator](), isComplete: false };
      this.#pages.set(node.id, page);
    }
    await fill(page, this.#pageSize());
    if (page.isComplete) return page.nodes;
    const shown = page.nodes.length;
    return [...page.nodes, { type: 'more', id: `${node.id}/…`, parent: node, shown }];
  }

  async *#below(node: Node, snapshot: OpenSnapshot): AsyncGenerator<Node> {
    const listing = await import('./object-listing.ts');
    switch (node.type) {
      case 'snapshot':
        yield* layerNodes(node, snapshot);
        return;
      case 'layer': {
        const { archiveKey, snapshotId } = node;
        const place = { archiveKey, snapshotId, parent: node };
        if (node.layer === 'errors') yield* failureNodes(node, snapshot);
        else if (node.layer !== 'objects') yield* this.#folder(node, snapshot);
        else yield* listing.listNamespaces(snapshot, place, this.#filter);
        return;
      }
      case 'namespace':
        yield* listing.listKinds(snapshot, node, this.#filter);
        return;
      case 'kind':
        yield* listing.listObjects(snapshot, node, this.#filter);
        return;
      case 'folder':
        yield* this.#folder(node, snapshot);
        return;
      case 'archive':
      case 'object':
      case 'file':
      case 'failure':
      case 'more':
      case 'message':
        return;
    }
  }

  async *#folder(
    node: LayerNode | Extract<Node, { type: 'folder' }>,
    { reader }: OpenSnapshot,
  ): AsyncGenerator<Node> {
    const { archiveKey, snapshotId } = node;
    for await (const { path, info } of reader.children(node.path)) {
      const place = { archiveKey, snapshotId, parent: node, id: `${node.id}/${info.name}`, path };
      if (isDirectory(info.mode)) yield { ...place, type: 'folder' };
      else if (this.#filter.accepts(path)) yield { ...place, type: 'file', size: info.size };
    }
  }
}

async function fill(page: Page, count: number): Promise<void> {
  while (!page.isComplete && page.nodes.length < count) {
    const next = await page.rest.next();
    if (next.done === true) page.isComplete = true;
    else page.nodes.push(next.value);
  }
}

async function* snapshotNodes(archive: OpenArchive, parent: ArchiveNode): AsyncGenerator<SnapshotNode> {
  const snapshots = await archive.snapshots();
  for (const [index, { reader }] of snapshots.entries()) {
    yield {
      type: 'snapshot',
      id: `${parent.id}/${reader.id}`,
      parent,
      archiveKey: parent.archiveKey,
      snapshotId: reader.id,
      reader,
      isNewest: index === 0,
    };
  }
}

/** Layers by the importer's type; others hold objects where they have the layout of objects, else files. */
const LAYER_OF_TYPE: Readonly<Record<string, LayerName>> = {
  fs: 'files',
  volume: 'volumes',
  pvc: 'volumes',
  'control-plane': 'control-plane',
  etcd: 'etcd',
};

async function* layerNodes(parent: SnapshotNode, snapshot: OpenSnapshot): AsyncGenerator<LayerNode> {
  const { reader, catalogue } = snapshot;
  const { type, directory } = reader.source.importer;
  const known = LAYER_OF_TYPE[type];
  const layer = known ?? ((await catalogue.hasObjects()) ? 'objects' : 'files');
  const { archiveKey, snapshotId } = parent;
  const { directory: top, below } = reader.source.summary;
  const place = { type: 'layer', archiveKey, snapshotId, parent } as const;
  yield { ...place, id: `${parent.id}/${layer}`, layer, path: directory, count: top.files + below.files };
  const count = top.errors + below.errors;
  if (count > 0) yield { ...place, id: `${parent.id}/errors`, layer: 'errors', path: '/', count };
}

async function* failureNodes(parent: LayerNode, { reader }: OpenSnapshot): AsyncGenerator<Node> {
  const { archiveKey, snapshotId } = parent;
  for await (const { path, error } of reader.errors()) {
    yield {
      type: 'failure',
      id: `${parent.id}${path}`,
      parent,
      archiveKey,
      snapshotId,
      path,
      reason: error,
    };
  }
}

function message(parent: Node, text: string, action: MessageNode['action']): MessageNode {
  return { type: 'message', id: `${parent.id}/message`, parent, text, action };
}
