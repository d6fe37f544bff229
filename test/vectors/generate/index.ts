/** All vectors. */
import { algorithm } from './algorithm.ts';
import { bomb } from './bomb.ts';
import { canary } from './canary.ts';
import { flip } from './flip.ts';
import { header } from './header.ts';
import { kdf } from './kdf.ts';
import { length } from './length.ts';
import { msgpack } from './msgpack.ts';
import { offset } from './offset.ts';
import { path } from './path.ts';
import { repository } from './repository.ts';
import { segment } from './segment.ts';
import { substitution } from './substitution.ts';
import { tree } from './tree.ts';
import { truncation } from './truncation.ts';
import { valid } from './valid.ts';

/** The areas and what makes their vectors. */
export const areas = {
  algorithm,
  bomb,
  canary,
  flip,
  header,
  kdf,
  length,
  msgpack,
  offset,
  path,
  repository,
  segment,
  substitution,
  tree,
  truncation,
  valid,
} as const;
