/** Small tars to start from, and what gives changed ones right checksums again. POSIX.1-2017 pax, "ustar Interchange Format". */
const BLOCK = 512;
const CHECKSUM_AT = 148;
const MAGIC_AT = 257;

/** Every kind of member that a reader treats in its own way. */
export function smallTar(): Uint8Array {
  const pax = '30 mtime=1600000000.123456789\n19 path=long/name.d\n22 SCHILY.xattr.user.a=b\n';
  return Uint8Array.from(
    Buffer.concat([
      ...member('folder/', '5'),
      ...member('folder/file', '0', 'some content'),
      ...member('pax', 'x', pax),
      ...member('short', '0', 'content of a long name'),
      ...member('@LongLink', 'L', 'folder/another-name\0'),
      ...member('short', '0', 'x'.repeat(600)),
      ...member('folder/link', '2', '', 'file'),
      ...member('folder/hard', '1', '', 'folder/file'),
      ...member('fifo', '6'),
      new Uint8Array(2 * BLOCK),
    ]),
  );
}

function member(name: string, type: string, content = '', linkTarget = ''): Buffer[] {
  const header = Buffer.alloc(BLOCK);
  const octal = (value: number, digits: number): string => `${value.toString(8).padStart(digits, '0')}\0`;
  header.write(name, 0);
  header.write(octal(0o644, 7) + octal(1000, 7) + octal(1000, 7), 100);
  header.write(octal(content.length, 11) + octal(1_600_000_000, 11), 124);
  header.write(type, 156);
  header.write(linkTarget, 157);
  header.write('ustar\x0000root', MAGIC_AT);
  const padding = Buffer.alloc((BLOCK - (content.length % BLOCK)) % BLOCK);
  return [Buffer.from(withChecksums(header)), Buffer.from(content), padding];
}

/** A copy in which every block that looks like a header has the right checksum. */
export function withChecksums(bytes: Uint8Array): Uint8Array {
  const copy = Buffer.from(Uint8Array.from(bytes));
  for (let at = 0; at + BLOCK <= copy.length; at += BLOCK) {
    if (copy.toString('latin1', at + MAGIC_AT, at + MAGIC_AT + 5) !== 'ustar') continue;
    copy.fill(0x20, at + CHECKSUM_AT, at + CHECKSUM_AT + 8);
    const sum = copy.subarray(at, at + BLOCK).reduce((total, byte) => total + byte, 0);
    copy.write(`${sum.toString(8).padStart(6, '0')}\0 `, at + CHECKSUM_AT);
  }
  return Uint8Array.from(copy);
}

/** `bytes` in pieces of changing sizes, as a pipe gives them. */
export async function* piecesOf(bytes: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0, size = 1; at < bytes.length; at += size, size = ((size * 7) % 3000) + 1) {
    yield await Promise.resolve(bytes.subarray(at, at + size));
  }
}
