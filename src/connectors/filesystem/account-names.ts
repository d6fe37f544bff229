import { readFile } from 'node:fs/promises';

/** Longest account file that is read (bytes). */
const ACCOUNT_FILE_SIZE_MAX = 16 << 20;

/** Names of numeric owners; an id without a name gives the empty string. */
export interface AccountNames {
  user(uid: number): string;
  group(gid: number): string;
}

/**
 * Reads the names of users and groups from `/etc/passwd` and `/etc/group`. Accounts of a directory service stay nameless; so do
 * all where the files are missing, as on Windows.
 */
export async function readAccountNames(): Promise<AccountNames> {
  const [users, groups] = await Promise.all([readAccountFile('/etc/passwd'), readAccountFile('/etc/group')]);
  return { user: (uid) => users.get(uid) ?? '', group: (gid) => groups.get(gid) ?? '' };
}

async function readAccountFile(path: string): Promise<ReadonlyMap<number, string>> {
  try {
    const text = await readFile(path, 'utf8');
    return text.length > ACCOUNT_FILE_SIZE_MAX ? new Map() : parseAccountFile(text);
  } catch {
    return new Map();
  }
}

/** `id → name` of a file in the format of passwd(5) and group(5); the first line of an id counts, as for getpwuid(3). */
export function parseAccountFile(text: string): ReadonlyMap<number, string> {
  const names = new Map<number, string>();
  for (const line of text.split('\n')) {
    const [name, , id] = line.split(':');
    if (
      name === undefined ||
      name === '' ||
      name.startsWith('#') ||
      id === undefined ||
      !/^\d{1,10}$/.test(id)
    ) {
      continue;
    }
    if (!names.has(Number(id))) names.set(Number(id), name);
  }
  return names;
}
