// What changed, what became of an object, where something is: as a person and a program ask for it.
import assert from 'node:assert/strict';
import { mkdir, copyFile } from 'node:fs/promises';
import { join } from 'node:path';
import { captureShop, SECRET_VALUE, type ShopArchive } from '../operations/shop-archive.ts';
import { runPtar, type PtarRun } from './ptar-process.ts';

describe('diff, history and search', function () {
  this.timeout(120_000);
  let shop: ShopArchive;

  before(async () => {
    shop = await captureShop();
    await mkdir(join(shop.folder, 'archives'));
    await copyFile(shop.path, join(shop.folder, 'archives', 'one.ptar'));
  });
  after(() => shop.remove());

  async function ptar(args: readonly string[], exitCode = 0): Promise<PtarRun> {
    const run = await runPtar(args, { cwd: shop.folder });
    assert.equal(run.exitCode, exitCode, run.stderr);
    assert.ok(!`${run.stdout}${run.stderr}`.includes(SECRET_VALUE));
    return run;
  }

  it('print a page, and say in the exit code whether anything differs or could not be compared', async () => {
    const { stdout } = await ptar(['diff', 'shop.ptar', '-o', 'html'], 1);
    assert.match(stdout, /^<!doctype html>[^]*spec\.replicas: 2 → 3[^]*<\/html>\n$/);
    const same = await ptar(['diff', 'shop.ptar', '1', '1', '-o', 'html'], 0);
    assert.match(same.stdout, /no differences/);
    await ptar(['diff', 'shop.ptar', 'missing.ptar', '-q'], 3);
    await ptar(['diff', 'shop.ptar', '--output', 'pdf'], 2);
    await ptar(['diff', 'after', 'shop.ptar', '-q'], 0);
  });

  it('follow an object of a custom kind by its short name, over a folder of archives', async () => {
    const { stdout } = await ptar(['history', 'archives', 'shop.ptar', 'shop/bc/one', '-o', 'json']);
    const entries = JSON.parse(stdout) as { change: string; kind: string; archive: string }[];
    assert.deepEqual(
      entries.map(({ change, kind }) => `${change} ${kind}`),
      ['added BasketCase'],
    );
    await ptar(['history', 'shop.ptar', 'shop/bc/none'], 1);
    await ptar(['history', 'shop.ptar', 'shop/nosuchkind/x'], 3);
    await ptar(['history', 'shop.ptar', 'archives/one.ptar'], 2);
  });

  it('find what a path of kubectl finds, as lines of JSON', async () => {
    const path = '{.items[?(@.spec.replicas>1)].metadata.name}';
    const { stdout } = await ptar(['search', 'archives', '--jsonpath', path, '-n', 'shop', '-o', 'json']);
    const hits = stdout
      .trim()
      .split('\n')
      .map((line) => JSON.parse(line) as { name: string; places: { value: string }[] });
    assert.deepEqual(
      hits.map(({ name, places }) => [name, places[0]?.value]),
      [
        ['web', 'web'],
        ['web', 'web'],
      ],
    );
    const secret = ['search', 'shop.ptar', '--text', 'hunter2'];
    await ptar(secret, 1);
    assert.match((await ptar([...secret, '--in-secrets'])).stdout, /data\.password: \(hidden\)/);
    await ptar(['search', 'shop.ptar', '--jsonpath', '{.a['], 2);
  });
});
