/** Prints the krew manifest of a release: `node scripts/krew-manifest.mjs VERSION SHA256`, the hash being that of the release's archive. */
import { readFileSync } from 'node:fs';

const [version = '', sha256 = '', ...others] = process.argv.slice(2);
if (
  !/^\d+\.\d+\.\d+(-[0-9A-Za-z.-]+)?$/.test(version) ||
  !/^[0-9a-f]{64}$/.test(sha256) ||
  others.length > 0
) {
  process.stderr.write(
    'usage: node scripts/krew-manifest.mjs VERSION SHA256 (1.2.3, and 64 hexadecimal digits)\n',
  );
  process.exit(2);
}
const template = readFileSync(new URL('../packaging/krew/ptar.yaml', import.meta.url), 'utf8');
const lines = template.split('\n').filter((line) => !line.startsWith('#'));
process.stdout.write(lines.join('\n').replaceAll('{{VERSION}}', version).replaceAll('{{SHA256}}', sha256));
