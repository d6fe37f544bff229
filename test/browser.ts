/** Finds a Chromium for the tests. */
import { existsSync } from 'node:fs';

const CANDIDATES = [
  '/usr/bin/chromium',
  '/usr/bin/chromium-browser',
  '/usr/bin/google-chrome',
  '/Applications/Google Chrome.app/Contents/MacOS/Google Chrome',
];

/** Path of a Chromium: that of `PTAR_CHROMIUM`, or of the usual places; undefined where there is none. */
export function findChromium(): string | undefined {
  return [process.env['PTAR_CHROMIUM'] ?? '', ...CANDIDATES].find((path) => path !== '' && existsSync(path));
}
