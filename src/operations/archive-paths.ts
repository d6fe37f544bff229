import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { systemError } from '../connectors/system-error.ts';
import { NotFoundError } from '../errors.ts';

/**
 * The archives that `words` name: files and URLs as they are, a folder for the `.ptar` files directly in it, sorted by name.
 * @throws NotFoundError NOT_FOUND_ARCHIVE for a folder without any; ConnectorError where one cannot be read
 */
export async function archivePaths(words: readonly string[]): Promise<readonly string[]> {
  const paths: string[] = [];
  for (const word of words) {
    if (!(await isFolder(word))) {
      paths.push(word);
      continue;
    }
    const names = (await namesIn(word)).filter((name) => name.endsWith('.ptar')).sort();
    if (names.length === 0) throw new NotFoundError('NOT_FOUND_ARCHIVE', `no .ptar file in ${word}`);
    paths.push(...names.map((name) => join(word, name)));
  }
  return [...new Set(paths)];
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (facts) => facts.isDirectory(),
    () => false,
  );
}

async function namesIn(folder: string): Promise<readonly string[]> {
  try {
    return await readdir(folder);
  } catch (error) {
    throw systemError(error, 'cannot read', folder);
  }
}
