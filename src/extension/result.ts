/** What searches, comparisons and verifications find, as a tree of plain data. */
import type { ResourceIdentity } from '../resources/object-path.ts';
import type { ArchiveAddress } from './archive-uri.ts';

/** One side of a comparison that an editor can show. */
export type ComparedDocument =
  | { readonly from: 'archive'; readonly address: ArchiveAddress }
  /** Text that was made for this, under a name. */
  | { readonly from: 'memory'; readonly name: string; readonly text: string }
  /** An object as a cluster has it when the editor asks. */
  | { readonly from: 'cluster'; readonly context: string; readonly identity: ResourceIdentity }
  | { readonly from: 'nothing' };

/** What happens when a result is clicked. */
export type ResultTarget =
  | { readonly opens: 'object'; readonly address: ArchiveAddress }
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
