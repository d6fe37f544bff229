import path from 'node:path';

/** Where tests keep pictures of the editor; some of them are those of the README. */
export const PICTURES =
  process.env['PTAR_PICTURES'] ?? path.join(import.meta.dirname, '..', '..', 'coverage', 'pictures');
