/**
 * Saves snapshots: as they are where nothing is missing; else as new ones with all that is left, what their trees no longer name found
 * by its own path.
 */
import { throwIfCancelled } from '../errors.ts';
import type { ArchiveWriter } from './archive-writer.ts';
import { toHex } from './bytes.ts';
import { decodeError } from './entry.ts';
import { findingOf, type Loss } from './finding.ts';
import { comparePaths } from './path.ts';
import type { ByteSource } from './ports.ts';
import { ResourceType } from './resource-type.ts';
import type { SalvagedBlobs } from './salvage-blobs.ts';
import { lostContents, restOf } from './salvage-contents.ts';
import { EntrySalvage } from './salvage-entries.ts';
import { MissingList, type SalvagedSnapshot } from './salvage-report.ts';
import { keptOf } from './snapshot-copy.ts';
import { SnapshotReader } from './snapshot-reader.ts';
import { snapshotBlobs } from './snapshot-blobs.ts';
import type { SnapshotWriter } from './snapshot-writer.ts';
import { plainFileInfo } from './source-record.ts';
import { EPOCH } from './timestamp.ts';
import { type SurveyedTree, surveyTree, type TreeGap } from './tree-survey.ts';

/** The key of the context under which a saved snapshot names the one that it was. */
export const SALVAGED_FROM = 'SalvagedFrom';
/** The name of a snapshot of entries that belong to no other. */
export const LOST_AND_FOUND = 'lost+found';
/** The name of a snapshot of contents without entries. */
export const LOST_CONTENTS = 'lost+found contents';
const CONTENT_MODE = 0o600;
/** Of the names of contents that are not whole. */
export const PARTIAL_SUFFIX = '.partial';
/** Times the size of the damaged archive: such contents are written anew, also the zeros in them. */
const PARTIAL_SIZE_FACTOR = 64;

interface Damaged {
  readonly snapshot: SnapshotReader;
  /** Paths and entry ids that its tree still names. */
  readonly entries: ReadonlyMap<string, Uint8Array>;
  readonly gaps: readonly TreeGap[];
  /** Entries that were found behind its gaps. */
  readonly found: Map<string, Uint8Array>;
}

/** What is known of an archive's snapshots besides those that are there. */
export interface SnapshotKnowledge {
  /** False where there may be snapshots that nobody knows of. */
  readonly isListed: boolean;
  /** True where some were deleted, whose entries may be there still. */
  readonly hasDeleted: boolean;
}

/** Saves the snapshots of one archive. */
export class SnapshotSalvage {
  readonly missing = new MissingList();
  readonly results: SalvagedSnapshot[] = [];
  readonly #blobs: SalvagedBlobs;
  readonly #source: ByteSource;
  readonly #writer: ArchiveWriter;
  readonly #entries: EntrySalvage;
  readonly #signal: AbortSignal | undefined;
  /** A byte for every blob: 1 where a snapshot names it. */
  readonly #reached: Uint8Array;
  readonly #damaged: Damaged[] = [];

  constructor(
    blobs: SalvagedBlobs,
    source: ByteSource,
    writer: ArchiveWriter,
    signal: AbortSignal | undefined,
  ) {
    this.#blobs = blobs;
    this.#source = source;
    this.#writer = writer;
    this.#entries = new EntrySalvage(blobs.reader, source, writer.blobs);
    this.#signal = signal;
    this.#reached = new Uint8Array(blobs.index.count);
  }

  /**
   * @param lostIds snapshots that an index names and whose headers are gone
   * @param ids snapshots whose headers are there
   */
  async saveAll(
    ids: readonly Uint8Array[],
    lostIds: readonly Uint8Array[],
    { isListed, hasDeleted }: SnapshotKnowledge,
  ): Promise<void> {
    for (const id of ids) await this.#saveWhole(id);
    // An entry that no tree names may as well be of a snapshot that is not there.
    const isKnown = isListed && !hasDeleted && lostIds.length === 0;
    const orphans = await this.#attributeOrphans(isKnown ? this.#damaged : []);
    for (const damaged of this.#damaged) await this.#rebuild(damaged);
    for (const id of lostIds) {
      const snapshot = toHex(id);
      this.missing.add({ snapshot, path: undefined, lost: 'snapshot', reason: 'its header is lost' });
      this.#result({ id: snapshot, savedAs: undefined, outcome: 'lost', name: '', entries: 0, missing: 1 });
    }
    const isWhole = lostIds.length === 0 && this.#damaged.every(({ gaps }) => gaps.length === 0);
    // Archives may hold what belonged to snapshots that were deleted; that is not to come back.
    if (!isWhole || !isListed) await this.#saveOrphans(orphans);
    if (this.missing.count > 0 || !isListed) await this.#saveContents(hasDeleted);
  }

  /** Copies the snapshot as it is, or keeps it for {@link #rebuild}. */
  async #saveWhole(id: Uint8Array): Promise<void> {
    throwIfCancelled(this.#signal);
    let snapshot: SnapshotReader;
    try {
      snapshot = await SnapshotReader.open(this.#blobs.reader, id);
    } catch (error) {
      const reason = findingOf(error).message;
      this.missing.add({ snapshot: toHex(id), path: undefined, lost: 'snapshot', reason });
      this.#result({ id: toHex(id), savedAs: undefined, outcome: 'lost', name: '', entries: 0, missing: 1 });
      return;
    }
    const blobs = await snapshotBlobs(this.#blobs.reader, snapshot);
    if (blobs === undefined) {
      this.#damaged.push(await this.#survey(snapshot));
      return;
    }
    const { index } = this.#blobs;
    let entries = 0;
    for (const at of [...blobs].sort((a, b) => index.offset(a) - index.offset(b))) {
      throwIfCancelled(this.#signal);
      this.#reached[at] = 1;
      if (index.type(at) === ResourceType.vfsEntry) entries++;
      const stored = await this.#source.read(index.offset(at), index.length(at));
      await this.#writer.blobs.putStored(index.type(at), index.id(at), stored);
    }
    const { name } = snapshot.header;
    this.#result({ id: snapshot.id, savedAs: snapshot.id, outcome: 'whole', name, entries, missing: 0 });
  }

  async #survey(snapshot: SnapshotReader): Promise<Damaged> {
    const tree = { id: snapshot.source.trees.root, compare: comparePaths };
    const { entries, gaps } = await this.#surveyEntries(tree);
    for (const id of entries.values()) await this.#reachContent(id);
    await this.#reachIndexes(snapshot);
    return { snapshot, entries, gaps, found: new Map() };
  }

  async #surveyEntries(
    tree: Omit<SurveyedTree, 'types'>,
  ): Promise<{ entries: Map<string, Uint8Array>; gaps: TreeGap[] }> {
    const types = { tree: ResourceType.vfsTree, node: ResourceType.vfsNode };
    const entries = new Map<string, Uint8Array>();
    const gaps: TreeGap[] = [];
    this.#reach(ResourceType.vfsTree, tree.id);
    for await (const item of surveyTree(this.#blobs.reader, { ...tree, types })) {
      throwIfCancelled(this.#signal);
      if ('finding' in item) gaps.push(item);
      else {
        entries.set(item.key, item.value);
        this.#reach(ResourceType.vfsEntry, item.value);
      }
    }
    return { entries, gaps };
  }

  #reach(type: ResourceType, id: Uint8Array): void {
    const index = this.#blobs.index.find(type, id);
    if (index >= 0) this.#reached[index] = 1;
  }

  async #reachContent(entryId: Uint8Array): Promise<void> {
    const object = await this.#entries.objectOf(entryId);
    if (object !== undefined) await this.#reachObject(object);
  }

  async #reachObject(id: Uint8Array): Promise<void> {
    this.#reach(ResourceType.object, id);
    for (const chunk of await this.#entries.chunksOf(id)) this.#reach(ResourceType.chunk, chunk);
  }

  /** Some indexes hold copies of entries, which are not to be taken for entries that are lost. */
  async #reachIndexes({ source }: SnapshotReader): Promise<void> {
    const types = { tree: ResourceType.indexTree, node: ResourceType.indexNode };
    for (const { type, value } of source.indexes ?? []) {
      if (type !== 'btree') continue;
      for await (const item of surveyTree(this.#blobs.reader, { types, id: value })) {
        if (!('finding' in item)) await this.#reachObject(item.value);
      }
    }
  }

  /**
   * Gives entries that no tree names to the one of `candidates` that has a gap where they belong, if there is only one.
   * @returns the others
   */
  async #attributeOrphans(candidates: readonly Damaged[]): Promise<Uint8Array[]> {
    const orphans: Uint8Array[] = [];
    for (const id of this.#unreached(ResourceType.vfsEntry)) {
      throwIfCancelled(this.#signal);
      const path = await this.#entries.pathOf(id);
      if (path === undefined) continue;
      const [one, another] = candidates.filter(({ gaps }) => gaps.some((gap) => isWithin(path, gap)));
      if (one === undefined || another !== undefined || one.found.has(path)) orphans.push(id);
      else one.found.set(path, id);
    }
    return orphans;
  }

  #unreached(type: ResourceType): Uint8Array[] {
    const { index } = this.#blobs;
    const ids: Uint8Array[] = [];
    for (let at = 0; at < index.count; at++) {
      const id = index.id(at);
      const isFree = index.type(at) === type && !this.#blobs.nested.has(at) && !this.#isReached(id);
      if (isFree) ids.push(id);
    }
    return ids;
  }

  /** True where a snapshot names this blob, of whatever type: what was found by a scan is listed under all that it may be. */
  #isReached(id: Uint8Array): boolean {
    return Object.values(ResourceType).some((type) => {
      const index = this.#blobs.index.find(type, id);
      return index >= 0 && this.#reached[index] === 1;
    });
  }

  async #rebuild({ snapshot, entries, gaps, found }: Damaged): Promise<void> {
    const { header, source, id } = snapshot;
    const copy = this.#writer.beginSnapshot({
      importer: source.importer,
      name: header.name,
      tags: header.tags ?? [],
      context: [...(header.context ?? []), { key: SALVAGED_FROM, value: id }],
      kept: keptOf(header),
    });
    const before = this.missing.count;
    for (const [path, entryId] of [...entries, ...found]) {
      await this.#saveEntry(copy, path, entryId, snapshot);
    }
    for (const gap of gaps) {
      const count = [...found.keys()].filter((path) => isWithin(path, gap)).length;
      const range = `${gap.from ?? 'the first entry'} to ${gap.to === undefined ? 'the last' : `before ${gap.to}`}`;
      const reason = `the tree is damaged from ${range}; ${count} entries were found by themselves, whether there were more is not known`;
      this.missing.add({ snapshot: id, path: gap.from, lost: 'entries', reason });
    }
    await this.#saveErrors(copy, snapshot);
    copy.setSourceContext((source.context ?? []).map(({ key, value }) => [key, value]));
    const { id: savedAs, entries: saved } = await copy.finish();
    const lost = this.missing.count - before;
    this.#result({ id, savedAs, outcome: 'partial', name: header.name, entries: saved, missing: lost });
  }

  /** @returns false where the entry was not saved */
  async #saveEntry(
    copy: SnapshotWriter,
    path: string,
    id: Uint8Array,
    snapshot: SnapshotReader | undefined,
  ): Promise<boolean> {
    throwIfCancelled(this.#signal);
    const result = await this.#entries.salvage(path, id, snapshot);
    const problems = 'record' in result ? result.problems : [result.problem];
    for (const problem of problems) this.missing.add({ snapshot: snapshot?.id, path, ...problem });
    const { lost, reason } = problems[0] ?? {};
    await copy.add(
      'record' in result ? result.record : { path, error: `${String(lost)} lost: ${String(reason)}` },
    );
    return 'record' in result;
  }

  async #saveErrors(copy: SnapshotWriter, snapshot: SnapshotReader): Promise<void> {
    const types = { tree: ResourceType.errorTree, node: ResourceType.errorNode };
    const lose = (path: string | undefined, reason: string): void => {
      const lost: Loss = 'errors';
      this.missing.add({ snapshot: snapshot.id, path, lost, reason });
    };
    for await (const item of surveyTree(this.#blobs.reader, { types, id: snapshot.source.trees.errors })) {
      if ('finding' in item) lose(item.from, item.finding.message);
      else {
        try {
          const { name, error } = decodeError(
            await this.#blobs.reader.read(ResourceType.errorEntry, item.value),
          );
          await copy.add({ path: name, error });
        } catch (error) {
          lose(item.key, findingOf(error).message);
        }
      }
    }
  }

  /** Saves trees without a header, then entries without a tree, as snapshots of their own. */
  async #saveOrphans(entries: readonly Uint8Array[]): Promise<void> {
    const inTrees = new Set<string>();
    for (const id of this.#unreached(ResourceType.vfsTree)) {
      const tree = await this.#surveyEntries({ id, compare: comparePaths });
      if (!(await this.#isFileTree(tree.entries))) continue;
      for (const entry of tree.entries.values()) inTrees.add(toHex(entry));
      await this.#saveFound(`salvaged ${toHex(id).slice(0, 8)}`, tree.entries);
    }
    const left = new Map<string, Uint8Array>();
    for (const id of entries) {
      const path = inTrees.has(toHex(id)) ? undefined : await this.#entries.pathOf(id);
      if (path === undefined) continue;
      // Versions of one path stand side by side.
      const isFirst = !left.has(path);
      if (isFirst) left.set(path, id);
      else await this.#saveFound(`${LOST_AND_FOUND} ${toHex(id).slice(0, 8)}`, new Map([[path, id]]));
    }
    if (left.size > 0) await this.#saveFound(LOST_AND_FOUND, left);
  }

  /** Trees of attributes, errors and indexes look the same, but their values are no entries of that path. */
  async #isFileTree(entries: ReadonlyMap<string, Uint8Array>): Promise<boolean> {
    for (const [path, id] of entries) if ((await this.#entries.pathOf(id)) === path) return true;
    return false;
  }

  #beginFound(name: string): SnapshotWriter {
    const importer = this.#damaged[0]?.snapshot.source.importer ?? { type: 'fs', origin: '', directory: '/' };
    return this.#writer.beginSnapshot({ importer, name });
  }

  async #saveFound(name: string, entries: ReadonlyMap<string, Uint8Array>): Promise<void> {
    const copy = this.#beginFound(name);
    const before = this.missing.count;
    let saved = 0;
    for (const [path, id] of entries) if (await this.#saveEntry(copy, path, id, undefined)) saved++;
    const { id: savedAs } = await copy.finish();
    const missing = this.missing.count - before;
    this.#result({ id: undefined, savedAs, outcome: 'partial', name, entries: saved, missing });
  }

  /** Saves contents that have lost their entries, and the rest of those that have lost chunks, named by their objects. */
  async #saveContents(hasDeleted: boolean): Promise<void> {
    let copy: SnapshotWriter | undefined;
    let [saved, missing] = [0, 0];
    const isWanted = (id: Uint8Array): boolean => !hasDeleted || this.#isReached(id);
    const sizeMax = PARTIAL_SIZE_FACTOR * this.#source.size;
    for await (const content of lostContents(this.#blobs, sizeMax, isWanted, this.#signal)) {
      const { id, size, lost } = content;
      const stored = lost.length === 0 ? await this.#entries.content(id) : undefined;
      copy ??= this.#beginFound(LOST_CONTENTS);
      const name = stored === undefined ? `${toHex(id)}${PARTIAL_SUFFIX}` : toHex(id);
      const info = plainFileInfo(name, CONTENT_MODE, EPOCH, size);
      const bytes = stored === undefined ? { content: () => restOf(this.#blobs, content) } : { stored };
      await copy.add({ path: `/${name}`, info, ...bytes });
      if (stored === undefined) {
        const ranges = lost.map(({ start, end }) => `${start} to ${end - 1}`).join(', ');
        await copy.add({ path: `/${name}`, error: `lost, and zeros here: bytes ${ranges}` });
        missing += lost.length;
      }
      saved++;
    }
    if (copy === undefined) return;
    const { id: savedAs } = await copy.finish();
    this.#result({
      id: undefined,
      savedAs,
      outcome: 'partial',
      name: LOST_CONTENTS,
      entries: saved,
      missing,
    });
  }

  #result(result: SalvagedSnapshot): void {
    this.results.push(result);
  }
}

function isWithin(path: string, { from, to }: TreeGap): boolean {
  return (
    (from === undefined || comparePaths(path, from) >= 0) && (to === undefined || comparePaths(path, to) < 0)
  );
}
