/**
 * The explorer's model on one archive, as the extension host runs it: `explorer-run ARCHIVE`, in a process of its own so that its memory
 * is its own. Prints figures as JSON.
 */
import { performance } from 'node:perf_hooks';
import { loadArchive } from '../src/extension/archive-loading.ts';
import { ArchiveShelf } from '../src/extension/archive-shelf.ts';
import { NodeChildren } from '../src/extension/node-children.ts';
import type { Node } from '../src/extension/node.ts';
import { ResourceType } from '../src/format/resource-type.ts';

/** What one run measured; times in milliseconds, memory in bytes. */
export interface ExplorerFigures {
  /** From the start of the process until the first level can be drawn. */
  readonly firstLevelMs: number;
  readonly expandMs: readonly number[];
  readonly expandedCount: number;
  /** Chunks that expanding has read. */
  readonly chunksRead: number;
  /** What the process needs more than before the archive was opened. */
  readonly memory: number;
}

const PAGE_SIZE = 1000;
const NOTHING = Promise.resolve();

const shelf = new ArchiveShelf({
  load: loadArchive,
  askPassphrase: () => Promise.resolve(undefined),
  readKey: () => Promise.resolve(undefined),
  offerKey: () => NOTHING,
  dropKey: () => NOTHING,
  keepRecords: () => NOTHING,
});
const memoryBefore = process.memoryUsage().rss;
const { key } = await shelf.add(process.argv[2] ?? '');
const children = new NodeChildren(shelf, () => PAGE_SIZE);
const [archiveNode] = children.roots();
if (archiveNode === undefined) throw new Error('no archive');
const [snapshot] = await children.of(archiveNode);
const [layer] = snapshot === undefined ? [] : await children.of(snapshot);
const firstLevelMs = performance.now();

const { blobs } = (await shelf.open(key, false)).reader.parts;
const read = blobs.read.bind(blobs);
let chunksRead = 0;
blobs.read = (type, id) => {
  if (type === ResourceType.chunk) chunksRead += 1;
  return read(type, id);
};

const expandMs: number[] = [];
let expandedCount = 0;
async function expand(node: Node): Promise<void> {
  const begunMs = performance.now();
  const below = await children.of(node);
  if (node.type === 'kind') {
    expandMs.push(performance.now() - begunMs);
    expandedCount += below.length;
  }
  for (const child of below) if (child.type === 'namespace' || child.type === 'kind') await expand(child);
}
if (layer !== undefined) await expand(layer);
const memory = process.memoryUsage().rss - memoryBefore;
const figures: ExplorerFigures = { firstLevelMs, expandMs, expandedCount, chunksRead, memory };
process.stdout.write(JSON.stringify(figures));
