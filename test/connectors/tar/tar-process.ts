/** Other programs' tar, and what they see. */
import { spawnSync } from 'node:child_process';
import { lstatSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';

/** Runs `program ARGS`; its standard output. Throws where it fails. */
export function run(program: string, args: readonly string[], input?: Uint8Array): Buffer {
  const { status, stdout, stderr, error } = spawnSync(program, args, {
    maxBuffer: 1 << 28,
    ...(input && { input }),
  });
  if (error !== undefined) throw error;
  if (status !== 0) throw new Error(`${program} ${args.join(' ')}: ${stderr.toString()}`);
  return stdout;
}

/** Path below `root`, mode, owner, time in nanoseconds, and content or target of everything; names byte by byte. */
export function listing(root: string, at: Buffer = Buffer.from('.')): string[] {
  const slash = Buffer.from('/');
  const whole = (path: Buffer): Buffer => Buffer.concat([Buffer.from(root), slash, path]);
  const names = readdirSync(whole(at), { encoding: 'buffer' }).sort((one, two) => Buffer.compare(one, two));
  return [
    line(whole(at), at),
    ...names.flatMap((name) => {
      const path = Buffer.concat([at, slash, name]);
      return lstatSync(whole(path)).isDirectory() ? listing(root, path) : [line(whole(path), path)];
    }),
  ];
}

function line(path: Buffer, name: Buffer): string {
  const { mode, uid, gid, mtimeNs } = lstatSync(path, { bigint: true });
  const stats = lstatSync(path);
  const content = stats.isFile()
    ? readFileSync(path).toString('base64').slice(0, 200)
    : stats.isSymbolicLink()
      ? readlinkSync(path, { encoding: 'latin1' })
      : '';
  return [name.toString('latin1'), mode.toString(8), uid, gid, mtimeNs, content].join(' ');
}
