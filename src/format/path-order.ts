/** The order of the file tree: paths with fewer slashes first, then by their bytes. */
import { compareUtf8 } from './bytes.ts';
import { slashCount } from './path.ts';

/** The paths in the order of the file tree. */
export function sortedByDepth(paths: Iterable<string>): string[] {
  return depths(paths).flat();
}

/** The paths from the top of the tree down, those of one depth sorted. */
export function depths(paths: Iterable<string>): string[][] {
  const byDepth: string[][] = [];
  for (const path of paths) (byDepth[path === '/' ? 0 : slashCount(path)] ??= []).push(path);
  return byDepth.map((those) => those.sort(compareUtf8));
}
