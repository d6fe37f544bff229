/** The archives of stock Plakar in `fixtures/`; its README tells what each one shows. */
import { readFile } from 'node:fs/promises';
import path from 'node:path';

/** An archive and what the reference implementation reads from it. */
export interface Fixture {
  readonly name: string;
  readonly archive: string;
  /** Only where it is encrypted. */
  readonly passphrase?: string;
}

const PASSPHRASE = 'correct horse battery staple';
const directory = path.join(import.meta.dirname, 'fixtures');

/** All of them. */
export const fixtures: readonly Fixture[] = [
  'basic',
  'basic-encrypted',
  'basic-nocompression',
  'basic-sha256',
  'chunks',
  'chunks-encrypted',
  'multi',
  'multi-encrypted',
  'wide',
].map((name) => ({
  name,
  archive: path.join(directory, `${name}.ptar`),
  ...(name.endsWith('-encrypted') && { passphrase: PASSPHRASE }),
}));

/** The lines of `NAME.jsonl`, parsed: a header line per snapshot, ordered by id, each followed by its entries. */
export async function expectedLines(fixture: Fixture): Promise<unknown[]> {
  const text = await readFile(path.join(directory, `${fixture.name}.jsonl`), 'utf8');
  return text
    .split('\n')
    .filter((line) => line !== '')
    .map((line): unknown => JSON.parse(line));
}
