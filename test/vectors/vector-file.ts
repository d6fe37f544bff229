/** The `.vec` format of `README.md`: a header of text lines, an empty line, the archive. */
import { createHash } from 'node:crypto';
import { gunzipSync, gzipSync } from 'node:zlib';

/**
 * How far a reader gets: `open` fails at once; `snapshot`: the archive opens, its snapshots cannot all be listed; `read`: they can,
 * but not everything in them can be read; `check`: everything can be read, and a full check finds it.
 */
export type Layer = 'open' | 'snapshot' | 'read' | 'check';

/** What a reader must make of an archive. */
export type Expectation =
  | { readonly error: string; readonly section: string; readonly layer: Layer }
  /** Lines of `tree`, see README. */
  | { readonly tree: readonly string[] };

/** One vector. */
export interface Vector {
  readonly name: string;
  readonly comment: string;
  readonly expect: Expectation;
  /** What to open it with, if anything. */
  readonly passphrase?: string;
  /** Instead of the passphrase: the archive key. */
  readonly key?: Uint8Array;
  readonly archive: Uint8Array;
}

const MAGIC = 'ptar test vector 1';
const LINE_LENGTH = 100;

/** The file of a vector. */
export function formatVector(vector: Vector): string {
  const { name, comment, expect, passphrase, key, archive } = vector;
  const outcome =
    'tree' in expect
      ? ['expect: tree', ...expect.tree.map((line) => `tree: ${line}`)]
      : [`expect: ${expect.error}`, `section: ${expect.section}`, `layer: ${expect.layer}`];
  const body = Buffer.from(gzipSync(archive, { level: 9 })).toString('base64');
  return [
    MAGIC,
    `name: ${name}`,
    `comment: ${comment}`,
    ...outcome,
    ...(passphrase === undefined ? [] : [`passphrase: ${passphrase}`]),
    ...(key === undefined ? [] : [`key: ${Buffer.from(key).toString('hex')}`]),
    `length: ${archive.length}`,
    `sha256: ${createHash('sha256').update(archive).digest('hex')}`,
    '',
    ...(body.match(new RegExp(`.{1,${LINE_LENGTH}}`, 'g')) ?? []),
    '',
  ].join('\n');
}

/** The vector of a file. Throws where it is not one, or its archive is not what the header says. */
export function parseVector(text: string): Vector {
  const end = text.indexOf('\n\n');
  const [magic, ...lines] = text.slice(0, end).split('\n');
  if (magic !== MAGIC || end < 0) throw new Error('not a vector');
  const values = (name: string): string[] =>
    lines.filter((line) => line.startsWith(`${name}: `)).map((line) => line.slice(name.length + 2));
  const value = (name: string): string => {
    const [found, ...more] = values(name);
    if (found === undefined || more.length > 0) throw new Error(`${more.length} times "${name}"`);
    return found;
  };
  const optional = (name: string): string | undefined => values(name)[0];
  const archive = new Uint8Array(gunzipSync(Buffer.from(text.slice(end), 'base64')));
  if (archive.length !== Number(value('length'))) throw new Error('the archive has another length');
  if (createHash('sha256').update(archive).digest('hex') !== value('sha256')) throw new Error('wrong sha256');
  const error = value('expect');
  const passphrase = optional('passphrase');
  const key = optional('key');
  return {
    name: value('name'),
    comment: value('comment'),
    expect:
      error === 'tree'
        ? { tree: values('tree') }
        : { error, section: value('section'), layer: value('layer') as Layer },
    ...(passphrase !== undefined && { passphrase }),
    ...(key !== undefined && { key: new Uint8Array(Buffer.from(key, 'hex')) }),
    archive,
  };
}

/** Text in which a path or link target stands in a `tree` line: bytes outside of printable ASCII, ` ` and `%` as `%xx`. */
export function escapeBytes(bytes: Uint8Array): string {
  let text = '';
  for (const byte of bytes) {
    const plain = byte > 0x20 && byte < 0x7f && byte !== 0x25;
    text += plain ? String.fromCharCode(byte) : `%${byte.toString(16).padStart(2, '0')}`;
  }
  return text;
}
