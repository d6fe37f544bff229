/** A folder with everything that a file tree can hold and a format can get wrong. */
import { execFile } from 'node:child_process';
import { chmod, link, mkdir, symlink, utimes, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { promisify } from 'node:util';
import { generatedBytes } from '../format/generated-bytes.ts';
import { reference } from './reference.ts';

const KIB = 1024;
const MIB = 1024 * KIB;

/** Around the limits of segments (64 KiB), the chunker (512 KiB, 1 MiB, 8 MiB) and BLAKE3's blocks and chunks (64 bytes, 1 KiB). */
export const AWKWARD_SIZES: readonly number[] = [
  0,
  1,
  63,
  64,
  65,
  KIB,
  KIB + 1,
  64 * KIB - 1,
  64 * KIB,
  64 * KIB + 1,
  512 * KIB - 1,
  512 * KIB,
  512 * KIB + 1,
  MIB,
  8 * MIB + 1,
];

const AWKWARD_NAMES = [
  'with space',
  '-dash',
  'back\\slash',
  'new\nline',
  'quote"and\'quote',
  'colon:at@hash#',
  '\u00fcn\u00efc\u00f6d\u00e9-\u6771\u4eac-\u{1f980}',
  'e\u0301-decomposed',
  'n'.repeat(255),
  '...',
  'a',
  'a.b',
  'a0',
];

const AWKWARD_XATTRS = [
  ['deep/d0/d1', 'user.b', 'on a folder'],
  ['many/1.yaml', 'user.empty', ''],
  ['many/10.yaml', 'user.long', 'x'.repeat(2000)],
  ['names/a', 'user.a', '1'],
  ['names/a', 'user.aa', '2'],
  ['names/a.b', 'user.:', '3'],
  ['types/script', 'user.note', 'on both hard links'],
] as const;

/**
 * Builds it below `directory`, which must not exist. The same on every run, but for times of folders and links. Needs
 * `requirement('reference')` for its extended attributes.
 */
export async function buildAwkwardTree(directory: string): Promise<void> {
  const file = async (name: string, content: Uint8Array | string, mode = 0o644): Promise<void> => {
    const target = path.join(directory, name);
    await mkdir(path.dirname(target), { recursive: true });
    await writeFile(target, content);
    await chmod(target, mode);
    await utimes(target, 1_700_000_000, 1_700_000_000.5);
  };
  for (const size of AWKWARD_SIZES) {
    await file(`sizes/${String(size)}`, generatedBytes('text', size + 1, size));
  }
  await file('sizes/zeros', generatedBytes('zeros', 1, 8 * MIB + 1));
  await file('sizes/noise', generatedBytes('noise', 7, 3 * MIB));
  await file('sizes/copy', generatedBytes('noise', 7, 3 * MIB));
  for (const name of AWKWARD_NAMES) await file(`names/${name}`, name);
  // A folder beside files whose names continue its own: depth counts before bytes in path order.
  await file('names/a-folder/leaf', 'leaf');
  await file(`deep/${Array.from({ length: 40 }, (_, depth) => `d${String(depth)}`).join('/')}/leaf`, 'deep');
  for (let index = 0; index < 120; index++) {
    await file(`many/${String(index)}.yaml`, `index: ${String(index)}\n`);
  }
  await file('modes/setuid', 'x', 0o4755);
  await file('modes/setgid', 'x', 0o2755);
  await file('modes/private', 'x', 0o600);
  await file('modes/nothing', 'x', 0o000);
  await mkdir(path.join(directory, 'modes/sticky'));
  await chmod(path.join(directory, 'modes/sticky'), 0o1777);
  await mkdir(path.join(directory, 'empty'));
  await file('types/script', '#!/bin/sh\n', 0o755);
  await file('types/data.json', '{"a":1}');
  await file('types/image.png', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'));
  await link(path.join(directory, 'types/script'), path.join(directory, 'types/hard-link'));
  await symlink('script', path.join(directory, 'types/link'));
  await symlink('/nonexistent/target', path.join(directory, 'types/dangling'));
  await symlink('..', path.join(directory, 'types/up'));
  await promisify(execFile)('mkfifo', [path.join(directory, 'types/pipe')]);
  // Of files in folders of different depth: path order and byte order of the attributes' keys differ.
  for (const [name, attribute, value] of AWKWARD_XATTRS) {
    await reference.setXattr(path.join(directory, name), attribute, value);
  }
}
