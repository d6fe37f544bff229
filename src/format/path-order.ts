/** The order of the file tree: paths with fewer slashes first, then by their bytes. */
import { compareUtf8 } from './bytes.ts';
import { slashCount } from './path.ts';

/** The keys in the order of the file tree. */
export function sortedByDepth(map: ReadonlyMap<string, unknown>): string[] {
  return depths(map).flat();
}

/** The keys from the top of the tree down, those of one depth sorted. */
export function depths(map: ReadonlyMap<string, unknown>): string[][] {
  const byDepth: string[][] = [];
  for (const path of map.keys()) (byDepth[path === '/' ? 0 : slashCount(path)] ??= []).push(path);
  return byDepth.map((paths) => paths.sort(compareUtf8));
}
