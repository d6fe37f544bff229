/** What searches, comparisons and verifications find, as a tree of plain data. */
import type { ObjectTransform } from '../operations/plan/restore-events.ts';
import type { ResourceIdentity } from '../resources/object-path.ts';
import type { ArchiveAddress } from './archive-uri.ts';
import type { NamedObject } from './object-place.ts';

/** One side of a comparison that an editor can show. */
export type ComparedDocument =
  | {
      readonly from: 'archive';
      readonly address: ArchiveAddress;
      /** What a restore changes of the object. */
      readonly transform?: ObjectTransform;
    }
  /** An object wherever a snapshot has it; nothing where it has it not. */
  | {
      readonly from: 'snapshot';
      readonly archiveKey: string;
      readonly snapshotId: string;
      readonly object: NamedObject;
    }
  /** Text that was made for this, under a name. */
  | { readonly from: 'memory'; readonly name: string; readonly text: string }
  /** An object as a cluster has it when the editor asks. */
  | { readonly from: 'cluster'; readonly context: string; readonly identity: ResourceIdentity }
  | { readonly from: 'nothing' };

/** What happens when a result is clicked. */
export type ResultTarget =
  | { readonly opens: 'object'; readonly address: ArchiveAddress }
  /** The object in the first of the snapshots that has it. */
  | {
      readonly opens: 'found';
      readonly archiveKey: string;
      readonly snapshotIds: readonly string[];
      readonly object: NamedObject;
    }
  | {
      readonly opens: 'diff';
      readonly before: ComparedDocument;
      readonly after: ComparedDocument;
      readonly title: string;
    };

/** One line of the results, and what is below it. */
export interface Result {
  readonly label: string;
  readonly description?: string;
  /** Name of a codicon. */
  readonly icon: string;
  readonly tooltip?: string;
  readonly target?: ResultTarget;
  readonly children?: readonly Result[];
}

/** Everything that one question gave. */
export interface ResultSet {
  /** The question, for the head of the view. */
  readonly title: string;
  readonly results: readonly Result[];
  /** Said where there are none. */
  readonly empty: string;
}
