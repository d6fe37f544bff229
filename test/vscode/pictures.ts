import path from 'node:path';

const root = path.join(import.meta.dirname, '..', '..');

/** Where tests keep pictures of the editor. */
export const PICTURES = path.join(root, 'coverage', 'pictures');

/** Pictures of the README, which `PTAR_UPDATE_PICTURES=1` makes anew. */
const README_PICTURES = new Set(['browse', 'plan', 'overview']);

/** Where a picture is kept. */
export function pictureFile(name: string): string {
  const isUpdating = (process.env['PTAR_UPDATE_PICTURES'] ?? '') !== '';
  return isUpdating && README_PICTURES.has(name)
    ? path.join(root, 'docs', 'pictures', `explorer-${name}.png`)
    : path.join(PICTURES, `${name}.png`);
}
