// A ByteSource: what the library needs of a file. For a server, a bucket or a tape it has the same four members.
import { open } from 'node:fs/promises';

/** Opens `path` for `openArchive`, which reads only what it needs, and closes it with the archive. */
export async function openFile(path) {
  const handle = await open(path, 'r');
  const { size } = await handle.stat();
  return {
    name: path,
    size,
    async read(offset, length) {
      const bytes = new Uint8Array(length);
      for (let done = 0; done < length; ) {
        const { bytesRead } = await handle.read(bytes, done, length - done, offset + done);
        if (bytesRead === 0) throw new Error(`${path} became shorter while it was read`);
        done += bytesRead;
      }
      return bytes;
    },
    close: () => handle.close(),
  };
}
