/** Where restores are remembered: a folder for each, with its plan, its journal and its undo archive. */
import { randomBytes } from 'node:crypto';
import { mkdir, readdir } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { systemError } from '../../connectors/system-error.ts';
import { NotFoundError, UsageError } from '../../errors.ts';

/** The files of one restore. */
export interface RestoreFolder {
  /** When it began and a random part: `20261121T173404.250Z-3f9a1c`. */
  readonly restoreId: string;
  readonly path: string;
  readonly plan: string;
  readonly journal: string;
  readonly undoArchive: string;
}

const RESTORE_ID = /^\d{8}T\d{6}\.\d{3}Z-[0-9a-f]{6}$/;
const RANDOM_BYTES = 3;
const FOLDER_MODE = 0o700;

/**
 * The folder of all restores.
 * Source: XDG Base Directory Specification (`$XDG_STATE_HOME`, `~/.local/state`), and what stands for it on other systems.
 */
export function defaultStateFolder(env: NodeJS.ProcessEnv = process.env): string {
  const named = env['XDG_STATE_HOME'] ?? '';
  if (named !== '') return join(named, 'ptar', 'restores');
  if (process.platform === 'darwin') {
    return join(homedir(), 'Library', 'Application Support', 'ptar', 'restores');
  }
  const local = env['LOCALAPPDATA'] ?? '';
  if (process.platform === 'win32' && local !== '') return join(local, 'ptar', 'restores');
  return join(homedir(), '.local', 'state', 'ptar', 'restores');
}

function restoreFolder(stateFolder: string, restoreId: string): RestoreFolder {
  const path = join(stateFolder, restoreId);
  return {
    restoreId,
    path,
    plan: join(path, 'plan.yaml'),
    journal: join(path, 'journal.jsonl'),
    undoArchive: join(path, 'undo.ptar'),
  };
}

/** Makes the folder of a new restore, for this user alone. @throws ConnectorError */
export async function createRestoreFolder(stateFolder: string, now = new Date()): Promise<RestoreFolder> {
  const time = now.toISOString().replace(/[-:]/g, '');
  const folder = restoreFolder(stateFolder, `${time}-${randomBytes(RANDOM_BYTES).toString('hex')}`);
  try {
    await mkdir(folder.path, { recursive: true, mode: FOLDER_MODE });
  } catch (error) {
    throw systemError(error, 'cannot make', folder.path);
  }
  return folder;
}

/** All restores, the oldest first. @throws ConnectorError */
export async function restoreFolders(stateFolder: string): Promise<RestoreFolder[]> {
  try {
    const names = await readdir(stateFolder);
    return names
      .filter((name) => RESTORE_ID.test(name))
      .sort()
      .map((name) => restoreFolder(stateFolder, name));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw systemError(error, 'cannot read', stateFolder);
  }
}

/**
 * One restore; the last one where no id is given.
 * @throws UsageError for what is no id; NotFoundError; ConnectorError
 */
export async function findRestoreFolder(
  stateFolder: string,
  restoreId: string | undefined,
): Promise<RestoreFolder> {
  if (restoreId !== undefined && !RESTORE_ID.test(restoreId)) {
    throw new UsageError(`"${restoreId}" is not the id of a restore; see ptar undo --list`);
  }
  const folders = await restoreFolders(stateFolder);
  const found =
    restoreId === undefined ? folders.at(-1) : folders.find((folder) => folder.restoreId === restoreId);
  if (found !== undefined) return found;
  throw new NotFoundError(
    'NOT_FOUND_SOURCE',
    restoreId === undefined
      ? `no restore is remembered in ${stateFolder}`
      : `there is no restore ${restoreId}`,
  );
}
