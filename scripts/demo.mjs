/**
 * `npm run demo`: what ptar does, on the example in `examples/shop`, in a folder of its own. Needs Node and npm only; installs
 * and builds first where that is due. Prints every command line before what it prints.
 */
import { spawnSync } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative } from 'node:path';
import { fileURLToPath } from 'node:url';
import { install, root, run } from './install.mjs';

const CLI = fileURLToPath(new URL('../dist/cli.js', import.meta.url));
const EXAMPLE = join('examples', 'shop');

install();
run(process.execPath, [fileURLToPath(new URL('build.mjs', import.meta.url))]);

const folder = mkdtempSync(join(tmpdir(), 'ptar-demo-'));
const archive = join(folder, 'shop.ptar');
// Made for this run and never printed: the archive is read by this script only.
const env = { ...process.env, PTAR_PASSPHRASE: randomBytes(24).toString('base64url') };

say('A shop before and after a release: two snapshots in one encrypted file.');
ptar([
  'create',
  '-o',
  archive,
  '--name',
  'release',
  `manifests:${EXAMPLE}/before`,
  `manifests:${EXAMPLE}/after`,
]);

say('What the archive is.');
ptar(['info', archive]);

say('What the last snapshot holds, as kubectl would list it. No cluster is asked.');
ptar(['ls', archive]);

say('What the release added (+), removed (-) and changed (~).');
ptar(['diff', archive, '--paths'], [0, 1]);

say('What that means for the Deployment: field by field, lists by their keys.');
ptar(['diff', archive, '--object', 'deploy/catalog'], [0, 1]);

say('A Deployment as it was before the release.');
ptar(['cat', archive, 'deploy/catalog', '--snapshot', 'latest~1']);

say('A Secret: its values stay hidden unless one asks for them.');
ptar(['cat', archive, 'secret/orders-db']);

say('One object as a file, to look at or to apply.');
ptar(['extract', archive, 'deploy/catalog', '--to', join(folder, 'extracted')]);

say('Every byte is what was captured.');
ptar(['check', archive]);

process.stdout.write(`\nAll of this is in ${folder}\n`);

function say(text) {
  process.stdout.write(`\n# ${text}\n`);
}

/** Shows and runs one command; ends the demo where its exit code is not among `expected`. */
function ptar(args, expected = [0]) {
  const shown = args.map((arg) => (/[\s'"$*?]/.test(arg) ? `'${arg}'` : arg)).join(' ');
  process.stdout.write(`$ ptar ${shown}\n`);
  const { status } = spawnSync(process.execPath, [CLI, ...args], { cwd: root, env, stdio: 'inherit' });
  if (expected.includes(status)) return;
  process.stderr.write(
    `demo: ${relative(root, CLI)} ${args[0]} ended with ${status ?? 'a signal'}, not ${expected.join(' or ')}\n`,
  );
  process.exit(1);
}
