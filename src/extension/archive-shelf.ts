import { isPtarError, KeyError, NotFoundError, type AnyPtarError } from '../errors.ts';
import type { OpenArchiveFileOptions } from '../operations/open-archive.ts';
import { archiveKeyOf } from './archive-uri.ts';
import type { OpenArchive } from './open-archive.ts';
import { t } from './translation.ts';

/** An archive that a person has opened; kept across restarts of the editor. */
export interface ArchiveRecord {
  /** Of `archiveKeyOf`. */
  readonly key: string;
  /** Absolute path or URL. */
  readonly location: string;
  /** UUID; undefined until the archive was open once. */
  readonly repositoryId?: string;
}

/** How an archive stands. */
export type ArchiveState =
  | { readonly is: 'closed' }
  | { readonly is: 'locked' }
  | { readonly is: 'open'; readonly archive: OpenArchive }
  | { readonly is: 'failed'; readonly error: AnyPtarError };

/** What the shelf needs from the editor. */
export interface ShelfPorts {
  /** Opens an archive: `archive-loading.ts`, which is loaded late because it brings the format with it. */
  load(location: string, options: OpenArchiveFileOptions): Promise<OpenArchive>;
  /**
   * Asks a person for the passphrase of an archive; undefined where they do not want to say it.
   * @param attempt from 1; above 1 the answer before was wrong
   */
  askPassphrase(record: ArchiveRecord, attempt: number): Promise<string | undefined>;
  /** The archive key that was kept for a repository. */
  readKey(repositoryId: string): Promise<Uint8Array | undefined>;
  /** Called with the key after a person has unlocked an archive. */
  offerKey(repositoryId: string, key: Uint8Array): Promise<void>;
  /** Called when a kept key no longer opens its archive. */
  dropKey(repositoryId: string): Promise<void>;
  /** Called with all records when one came, went or became known better. */
  keepRecords(records: readonly ArchiveRecord[]): Promise<void>;
}

/** Tries at a passphrase before the person has to begin again. */
export const PASSPHRASE_ATTEMPTS_MAX = 5;

interface Shelved {
  record: ArchiveRecord;
  state: ArchiveState;
  opening: Promise<OpenArchive> | undefined;
}

/** The archives of one window: which there are, how each stands, and how they are unlocked. */
export class ArchiveShelf {
  readonly #ports: ShelfPorts;
  readonly #shelved = new Map<string, Shelved>();
  readonly #listeners = new Set<(key: string) => void>();

  constructor(ports: ShelfPorts, records: readonly ArchiveRecord[] = []) {
    this.#ports = ports;
    for (const record of records) this.#place(record);
  }

  /** Calls `listener` with the key of every archive that came, went or changed its state. Returns how to stop that. */
  onChange(listener: (key: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** In the order in which they were opened. */
  records(): readonly ArchiveRecord[] {
    return [...this.#shelved.values()].map(({ record }) => record);
  }

  /** @throws NotFoundError NOT_FOUND_ARCHIVE */
  record(key: string): ArchiveRecord {
    return this.#get(key).record;
  }

  /** @throws NotFoundError NOT_FOUND_ARCHIVE */
  state(key: string): ArchiveState {
    return this.#get(key).state;
  }

  /** Puts the archive at `location` on the shelf, where it is not there yet. It is not opened. */
  async add(location: string): Promise<ArchiveRecord> {
    const key = archiveKeyOf(location);
    const known = this.#shelved.get(key);
    if (known !== undefined) return known.record;
    const record = { key, location };
    this.#place(record);
    await this.#keep();
    this.#changed(key);
    return record;
  }

  /** Closes an archive and takes it off the shelf. */
  async remove(key: string): Promise<void> {
    await this.#close(key, { is: 'closed' });
    this.#shelved.delete(key);
    await this.#keep();
    this.#changed(key);
  }

  /** Closes an encrypted archive and forgets its key, also where it was kept. */
  async lock(key: string): Promise<void> {
    const { record } = this.#get(key);
    await this.#close(key, { is: 'locked' });
    if (record.repositoryId !== undefined) await this.#ports.dropKey(record.repositoryId);
    this.#changed(key);
  }

  /** Closes an archive, so that it is opened again, from what its file is now. */
  async reopen(key: string): Promise<void> {
    await this.#close(key, { is: 'closed' });
    this.#changed(key);
  }

  /**
   * The archive, opened where it is not open.
   * @param mayAsk whether a person may be asked for the passphrase
   * @param said a passphrase that a person has said already; tried before anybody is asked
   * @throws KeyError KEY_MISSING where it is locked and nobody was asked or answered; KEY_WRONG after the last attempt; whatever
   * `openArchiveFile` throws
   */
  async open(key: string, mayAsk: boolean, said?: string): Promise<OpenArchive> {
    const shelved = this.#get(key);
    if (shelved.state.is === 'open') return shelved.state.archive;
    // A failure is tried again only on demand: the tree asks for children often.
    if (shelved.state.is === 'failed' && !mayAsk) throw shelved.state.error;
    if (shelved.opening !== undefined) {
      const opened = await shelved.opening.catch(() => undefined);
      if (opened !== undefined || !mayAsk) return opened ?? this.open(key, false);
    }
    shelved.opening = this.#open(shelved, mayAsk, said);
    try {
      return await shelved.opening;
    } finally {
      shelved.opening = undefined;
    }
  }

  async #open(shelved: Shelved, mayAsk: boolean, said: string | undefined): Promise<OpenArchive> {
    const { record, state: before } = shelved;
    try {
      const archive = await this.#unlock(record, mayAsk, said);
      shelved.state = { is: 'open', archive };
      const { repositoryId } = archive.reader;
      if (record.repositoryId !== repositoryId) {
        shelved.record = { ...record, repositoryId };
        await this.#keep();
      }
      return archive;
    } catch (error) {
      if (!isPtarError(error)) throw error;
      shelved.state = error.name === 'KeyError' ? { is: 'locked' } : { is: 'failed', error };
      throw error;
    } finally {
      // Whoever is told asks again: what is as it was is not told.
      if (shelved.state.is !== before.is) this.#changed(record.key);
    }
  }

  async #unlock(record: ArchiveRecord, mayAsk: boolean, said: string | undefined): Promise<OpenArchive> {
    const kept = record.repositoryId && (await this.#ports.readKey(record.repositoryId));
    if (kept !== undefined && kept !== '' && record.repositoryId !== undefined) {
      try {
        return await this.#ports.load(record.location, { key: kept });
      } catch (error) {
        if (!isPtarError(error) || error.code !== 'KEY_WRONG') throw error;
        await this.#ports.dropKey(record.repositoryId);
      }
    }
    for (let attempt = 1; ; attempt++) {
      const told: string[] = [];
      try {
        const archive = await this.#ports.load(record.location, {
          passphrase: async () => {
            if (!mayAsk) return undefined;
            const typed =
              attempt === 1 && said !== undefined ? said : await this.#ports.askPassphrase(record, attempt);
            if (typed === undefined) return undefined;
            told.push(typed);
            return new TextEncoder().encode(typed);
          },
        });
        const { key, repositoryId } = archive.reader;
        if (key !== undefined && told.length > 0) await this.#ports.offerKey(repositoryId, key);
        return archive;
      } catch (error) {
        const isWrong = isPtarError(error) && error.code === 'KEY_WRONG';
        if (!isWrong) throw error;
        if (attempt === PASSPHRASE_ATTEMPTS_MAX) {
          throw new KeyError(
            'KEY_WRONG',
            t(
              '{0} was not unlocked in {1} attempts; unlock it again to go on',
              record.location,
              PASSPHRASE_ATTEMPTS_MAX,
            ),
          );
        }
      }
    }
  }

  #place(record: ArchiveRecord): void {
    this.#shelved.set(record.key, { record, state: { is: 'closed' }, opening: undefined });
  }

  #get(key: string): Shelved {
    const shelved = this.#shelved.get(key);
    if (shelved !== undefined) return shelved;
    throw new NotFoundError('NOT_FOUND_ARCHIVE', t('this archive is not open in this window; open it again'));
  }

  async #close(key: string, next: ArchiveState): Promise<void> {
    const shelved = this.#get(key);
    const { state } = shelved;
    shelved.state = next;
    if (state.is === 'open') await state.archive.close();
  }

  #keep(): Promise<void> {
    return this.#ports.keepRecords(this.records());
  }

  #changed(key: string): void {
    for (const listener of this.#listeners) listener(key);
  }
}
