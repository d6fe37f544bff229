/** How an area lists its vectors. */
import { type Expectation, type Layer, type Vector } from '../vector-file.ts';
import { Forge, type ForgeOptions, PASSPHRASE } from './forge.ts';
import { PlannedTree, snapshotLine } from './planned-tree.ts';

/** What an area gives for one vector; `name` without the area. */
export interface Case {
  readonly name: string;
  readonly comment: string;
  readonly expect?: Expectation;
  readonly passphrase?: string;
  readonly key?: Uint8Array;
  readonly archive: Uint8Array;
}

/** Fails with this code, by this section, at this layer. */
export function fails(error: string, section: string, layer: Layer): Expectation {
  return { error, section, layer };
}

/** An area's vectors from its cases. */
export async function area(name: string, cases: AsyncIterable<Case> | Iterable<Case>): Promise<Vector[]> {
  const vectors: Vector[] = [];
  for await (const each of cases) {
    const { expect } = each;
    if (expect === undefined) throw new Error(`${name}_${each.name} expects nothing`);
    vectors.push({ ...each, expect, name: `${name}_${each.name}` });
  }
  return vectors;
}

/** A forge with a small snapshot: a directory, two files, a link. */
export interface Sample {
  readonly forge: Forge;
  readonly tree: PlannedTree;
  readonly id: Uint8Array;
  /** What a reader gives where nothing was changed. */
  readonly expect: Expectation;
  /** What opens it. */
  readonly opener: { readonly passphrase?: string };
}

/** A tree with a root and no snapshot yet. */
export function planned(options: ForgeOptions = {}): PlannedTree {
  return new PlannedTree(new Forge(options));
}

/** Makes a {@link Sample}, with `plan` instead of its tree where given. */
export async function sample(
  options: ForgeOptions = {},
  plan: (tree: PlannedTree) => PlannedTree = (tree) =>
    tree
      .directory('/app')
      .file('/app/web.yaml', 'kind: Deployment\n')
      .file('/readme', 'hello\n')
      .link('/latest', 'app/web.yaml'),
): Promise<Sample> {
  const forge = new Forge(options);
  const tree = plan(new PlannedTree(forge));
  const id = await tree.snapshot();
  return {
    forge,
    tree,
    id,
    expect: { tree: [snapshotLine(id), ...tree.lines()] },
    opener: options.encrypted === true ? { passphrase: PASSPHRASE } : {},
  };
}
