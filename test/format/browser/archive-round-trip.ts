/** What a page and a worker do with the library: read archives of the reference, write one, and read that again. */
import {
  blobSource,
  checkArchive,
  createArchive,
  createSigner,
  MemorySink,
  openArchive,
  plainFileInfo,
  portablePrimitives,
  timestampFromMs,
  type ArchiveReader,
} from '../../../src/format/index.ts';

/** An archive on the server. */
export interface ServedArchive {
  readonly url: string;
  readonly passphrase?: string;
}

/** What was seen, in plain data. */
export interface RoundTripReport {
  /** By URL: the path of every entry of every snapshot, and the findings of a check. */
  readonly read: Record<string, { readonly paths: string[]; readonly findings: string[] }>;
  /** Of the archive that was written: its bytes, and what was read from them. */
  readonly written: { readonly bytes: number[]; readonly text: string; readonly isSigned: boolean };
}

const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);

/** Runs everything. */
export async function runRoundTrip(archives: readonly ServedArchive[]): Promise<RoundTripReport> {
  const read: RoundTripReport['read'] = {};
  for (const { url, passphrase } of archives) {
    const blob = await (await fetch(url)).blob();
    const archive = await openArchive(blobSource(blob, url), {
      primitives: portablePrimitives,
      passphrase: () => Promise.resolve(passphrase === undefined ? undefined : utf8(passphrase)),
    });
    read[url] = { paths: await pathsOf(archive), findings: [] };
    for await (const finding of checkArchive(archive)) read[url].findings.push(finding.message);
  }
  return { read, written: await writeAndRead() };
}

async function pathsOf(archive: ArchiveReader): Promise<string[]> {
  const paths: string[] = [];
  for (const snapshot of await archive.snapshots()) {
    for await (const { path } of snapshot.walk('/')) paths.push(path);
  }
  return paths;
}

async function writeAndRead(): Promise<RoundTripReport['written']> {
  const sink = new MemorySink('made here');
  const writer = await createArchive(sink, {
    primitives: portablePrimitives,
    encryption: { passphrase: utf8('in a browser'), kdf: 'PBKDF2' },
    compression: 'GZIP',
  });
  const signer = createSigner(portablePrimitives, portablePrimitives.randomBytes(32));
  const snapshot = writer.beginSnapshot({
    importer: { type: 'fs', origin: 'browser', directory: '/' },
    signer,
  });
  const info = plainFileInfo('note.txt', 0o644, timestampFromMs(1_700_000_000_000));
  await snapshot.add({ path: '/note.txt', info, content: () => [utf8('written in a browser')] });
  await snapshot.finish();
  await writer.close();
  const bytes = sink.bytes ?? new Uint8Array();
  const archive = await openArchive(blobSource(new Blob([bytes.slice()]), 'made here'), {
    primitives: portablePrimitives,
    passphrase: () => Promise.resolve(utf8('in a browser')),
  });
  const [first] = await archive.snapshots();
  if (first === undefined) throw new Error('nothing was written');
  const signature = await first.signature();
  const text = new TextDecoder().decode(await first.bytes(await first.entry('/note.txt'), 1000));
  return { bytes: [...bytes], text, isSigned: signature !== 'unsigned' && signature.valid };
}
