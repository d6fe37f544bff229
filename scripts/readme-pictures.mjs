/**
 * Makes the README's pictures: runs the built command on `examples/shop` and draws what it really printed.
 * `node scripts/readme-pictures.mjs` after `npm run build`; writes `docs/pictures/*.svg`.
 */
import { spawnSync } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = fileURLToPath(new URL('..', import.meta.url));
const cli = join(root, 'dist', 'cli.js');
const pictures = join(root, 'docs', 'pictures');
const FONT_SIZE = 13;
const LINE_HEIGHT = 18;
const CHARACTER_WIDTH = 7.83;
const PADDING = 16;
const LINES_MAX = 34;

const folder = mkdtempSync(join(tmpdir(), 'ptar-pictures-'));
try {
  mkdirSync(pictures, { recursive: true });
  const env = { ...process.env, PTAR_PASSPHRASE: 'only for the picture', NO_COLOR: '1' };
  const show = (args) => {
    const { stdout, stderr } = spawnSync(process.execPath, [cli, ...args], {
      cwd: folder,
      env,
      encoding: 'utf8',
    });
    return [`$ ptar ${args.join(' ')}`, ...`${stdout}${stderr}`.trimEnd().split('\n')];
  };
  cpSync(join(root, 'examples', 'shop'), join(folder, 'shop'), { recursive: true });
  const sources = ['manifests:shop/before', 'manifests:shop/after'];
  draw('create', [show(['create', '-o', 'shop.ptar', ...sources]), show(['info', 'shop.ptar'])]);
  draw('browse', [show(['ls', 'shop.ptar', '-n', 'shop'])]);
  draw('secret', [show(['cat', 'shop.ptar', 'secret/orders-db'])]);
  draw('diff', [show(['diff', 'shop.ptar'])]);
} finally {
  rmSync(folder, { recursive: true, force: true });
}

function draw(name, blocks) {
  const lines = blocks.flatMap((block) => [...block, '']).slice(0, -1);
  const shown = lines.length > LINES_MAX ? [...lines.slice(0, LINES_MAX), '…'] : lines;
  const width = Math.ceil(2 * PADDING + CHARACTER_WIDTH * Math.max(...shown.map((line) => line.length)));
  const height = 2 * PADDING + LINE_HEIGHT * shown.length;
  const rows = shown.map((line, index) => {
    const fill = line.startsWith('$ ')
      ? '#7ee787'
      : /^\+ /.test(line)
        ? '#7ee787'
        : /^- \//.test(line)
          ? '#ff7b72'
          : '#e6edf3';
    const y = PADDING + LINE_HEIGHT * index + FONT_SIZE;
    return `<text x="${PADDING}" y="${y}" fill="${fill}" xml:space="preserve">${escapeXml(line)}</text>`;
  });
  const svg = [
    `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" font-family="ui-monospace, SFMono-Regular, Menlo, Consolas, monospace" font-size="${FONT_SIZE}">`,
    `<rect width="100%" height="100%" rx="8" fill="#0d1117"/>`,
    ...rows,
    '</svg>',
    '',
  ].join('\n');
  writeFileSync(join(pictures, `${name}.svg`), svg);
}

function escapeXml(text) {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;');
}
