import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, symlink, truncate, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { MANIFEST_SIZE_MAX } from '../../../src/connectors/manifests/manifest-file.ts';
import { openManifestsImporter } from '../../../src/connectors/manifests/importer.ts';
import type { EntryRecord, ErrorRecord } from '../../../src/format/source-record.ts';
import { formatTimestamp } from '../../../src/format/timestamp.ts';

interface Imported {
  readonly entries: ReadonlyMap<string, { readonly record: EntryRecord; readonly yaml: string }>;
  readonly errors: ReadonlyMap<string, string>;
  readonly context: Readonly<Record<string, string>>;
}

async function importFrom(path: string, input?: readonly string[]): Promise<Imported> {
  const encoder = new TextEncoder();
  const stream = (async function* () {
    for (const chunk of input ?? []) yield await Promise.resolve(encoder.encode(chunk));
  })();
  const importer = await openManifestsImporter(path, { input: stream });
  const entries = new Map<string, { record: EntryRecord; yaml: string }>();
  const errors = new Map<string, string>();
  const isError = (record: EntryRecord | ErrorRecord): record is ErrorRecord => 'error' in record;
  for await (const record of importer.records({})) {
    if (isError(record)) errors.set(record.path, record.error);
    else {
      let yaml = '';
      for await (const chunk of record.content?.() ?? []) yaml += new TextDecoder().decode(chunk);
      entries.set(record.path, { record, yaml });
    }
  }
  await importer.close();
  assert.equal(importer.type, 'k8s');
  return { entries, errors, context: Object.fromEntries(importer.context()) };
}

const importText = (text: string): Promise<Imported> => importFrom('-', [text]);
const configMap = (name: string, rest = ''): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: ${name}\n${rest}`;

describe('importer of manifests', () => {
  it('gives objects the layout of a captured cluster', async () => {
    const { entries, errors, context } = await importText(
      `apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, creationTimestamp: "2025-11-18T08:00:00Z"}
---
# nothing but a comment
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRole
metadata: {name: "system:shop:reader"}
`,
    );
    assert.deepEqual([...errors], []);
    assert.deepEqual(
      [...entries.keys()],
      [
        '/shop/apps/Deployment/v1/web.yaml',
        '/_/rbac.authorization.k8s.io/ClusterRole/v1/system:shop:reader.yaml',
      ],
    );
    const { record, yaml } = entries.get('/shop/apps/Deployment/v1/web.yaml')!;
    assert.equal(record.info.name, 'web.yaml');
    assert.equal(record.info.mode, 0o644);
    assert.equal(record.info.size, yaml.length);
    assert.equal(formatTimestamp(record.info.modTime), '2025-11-18T08:00:00Z');
    assert.equal(
      yaml,
      'apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n  creationTimestamp: "2025-11-18T08:00:00Z"\n',
    );
    assert.deepEqual(context, { files: '1', documents: '2', objects: '2' });
  });

  it('puts namespaced objects without a namespace into default, and takes it from others', async () => {
    const { entries } = await importText(
      `${configMap('a')}---\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop, namespace: shop}\n`,
    );
    assert.deepEqual([...entries.keys()], ['/default/_/ConfigMap/v1/a.yaml', '/_/_/Namespace/v1/shop.yaml']);
    assert.match(entries.get('/default/_/ConfigMap/v1/a.yaml')!.yaml, /^ {2}namespace: default$/m);
    assert.doesNotMatch(entries.get('/_/_/Namespace/v1/shop.yaml')!.yaml, /namespace:/);
  });

  it('takes the scope of custom resources from definitions, also from those that come later', async () => {
    const definition = (kind: string, scope: string): string =>
      `---\napiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: x${kind}}\nspec: ` +
      `{group: e.io, scope: ${scope}, names: {kind: ${kind}, plural: x}, versions: [{name: v1, storage: true}]}\n`;
    const object = (kind: string): string => `---\napiVersion: e.io/v1\nkind: ${kind}\nmetadata: {name: a}\n`;
    const { entries } = await importText(
      object('Site') +
        object('Shop') +
        object('Other') +
        definition('Site', 'Namespaced') +
        definition('Shop', 'Cluster'),
    );
    assert.ok(entries.has('/default/e.io/Site/v1/a.yaml'));
    assert.ok(entries.has('/_/e.io/Shop/v1/a.yaml'));
    assert.ok(entries.has('/_/e.io/Other/v1/a.yaml'));
  });

  it('unrolls lists', async () => {
    const { entries, errors } = await importText(
      JSON.stringify({
        apiVersion: 'v1',
        kind: 'List',
        items: [
          { apiVersion: 'v1', kind: 'Secret', metadata: { name: 's' } },
          { apiVersion: 'apps/v1', kind: 'DeploymentList', items: [{ metadata: { name: 'd' } }] },
          'not an object',
        ],
      }),
    );
    assert.deepEqual(
      [...entries.keys()],
      ['/default/_/Secret/v1/s.yaml', '/default/apps/Deployment/v1/d.yaml'],
    );
    assert.match(
      entries.get('/default/apps/Deployment/v1/d.yaml')!.yaml,
      /^apiVersion: apps\/v1\nkind: Deployment\n/,
    );
    assert.deepEqual([...errors], [['/stdin:1', 'no Kubernetes object: apiVersion and kind are missing']]);
  });

  it('reads JSON objects one after the other, and flow style that only looks like JSON', async () => {
    const json = (name: string): string =>
      `{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"${name}"}}\n`;
    assert.deepEqual(
      [...(await importText(json('a') + json('b'))).entries.keys()],
      ['/default/_/ConfigMap/v1/a.yaml', '/default/_/ConfigMap/v1/b.yaml'],
    );
    const flow = await importText(
      '{apiVersion: v1, kind: ConfigMap, metadata: {name: a}}\n---\n' + json('b'),
    );
    assert.deepEqual(
      [...flow.entries.keys()],
      ['/default/_/ConfigMap/v1/a.yaml', '/default/_/ConfigMap/v1/b.yaml'],
    );
  });

  it('keeps numbers, and reads words as kubectl does', async () => {
    const { entries } = await importText(configMap('a', 'x: 12345678901234567890\ny: 0644\nz: "yes"\n'));
    assert.match(
      entries.get('/default/_/ConfigMap/v1/a.yaml')!.yaml,
      /^x: 12345678901234567890\n"true": 420\nz: "yes"$/m,
    );
  });

  it('records bad documents with file and line, and imports the others', async () => {
    const { entries, errors, context } = await importText(
      `${configMap('a')}---\nkind: [\n---\nkind: ConfigMap\n---\n${configMap('a')}---\n${configMap('', 'x: 1')}\n---\n${configMap('b')}`,
    );
    assert.deepEqual(
      [...entries.keys()],
      ['/default/_/ConfigMap/v1/a.yaml', '/default/_/ConfigMap/v1/b.yaml'],
    );
    assert.equal(context['documents'], '6');
    assert.deepEqual([...errors.keys()].sort(), ['/stdin:10', '/stdin:15', '/stdin:7', '/stdin:8'].sort());
    assert.match(errors.get('/stdin:7') ?? '', /^not valid YAML: .* at line 7, column \d+$/);
    assert.equal(errors.get('/stdin:10'), 'configmap/a was already in stdin:1');
    assert.equal(errors.get('/stdin:15'), 'the object has no metadata.name');
  });

  it('says what is wrong with a name that YAML takes for something else', async () => {
    const { errors } = await importText(configMap('no'));
    assert.deepEqual([...errors], [['/stdin:1', 'metadata.name is not a string: put it in quotes']]);
  });

  it('never quotes content in an error', async () => {
    const { errors } = await importText(
      'password: "hunter2\n---\nhunter2: hunter2: 1\n---\n- hunter2\n--- hunter2\n',
    );
    assert.equal(errors.size, 4);
    for (const error of errors.values()) assert.doesNotMatch(error, /hunter2|\n/);
  });

  it('leaves out what backup tools made for themselves', async () => {
    const { entries } = await importText(
      'apiVersion: v1\nkind: Pod\nmetadata: {name: a, labels: {plakar.io/generated-resource: "true"}}\n',
    );
    assert.equal(entries.size, 0);
  });

  it('reads standard input in pieces that cut characters', async () => {
    const bytes = new TextEncoder().encode(configMap('a', 'x: \u00e9\u{1f600}\n'));
    const input = (async function* () {
      for (const byte of bytes) yield await Promise.resolve(Uint8Array.of(byte));
    })();
    const importer = await openManifestsImporter('-', { input });
    const paths: string[] = [];
    for await (const record of importer.records({})) paths.push(record.path);
    assert.deepEqual(paths, ['/default/_/ConfigMap/v1/a.yaml']);
  });

  it('stops when it is cancelled', async () => {
    const importer = await openManifestsImporter('-', {
      input: (async function* () {
        yield await Promise.resolve(new TextEncoder().encode(configMap('a')));
      })(),
    });
    const controller = new AbortController();
    controller.abort();
    await assert.rejects(
      async () => {
        for await (const record of importer.records({ signal: controller.signal })) assert.fail(record.path);
      },
      { code: 'CANCELLED' },
    );
  });
});

describe('importer of a folder of manifests', () => {
  let folder: string;
  const write = async (name: string, content: string | Uint8Array): Promise<string> => {
    const path = join(folder, name);
    await mkdir(dirname(path), { recursive: true });
    await writeFile(path, content);
    return path;
  };
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-manifests-'));
  });
  afterEach(async () => {
    await rm(folder, { recursive: true, force: true });
  });

  it('reads what kubectl reads, in order, with the time of the file', async () => {
    const first = await write('b.yaml', configMap('b'));
    await write('a/deep/c.yml', configMap('c'));
    await write('a/d.JSON', '{"apiVersion":"v1","kind":"ConfigMap","metadata":{"name":"d"}}');
    await write('README.md', 'no manifest');
    await write('.git/config.yaml', configMap('hidden'));
    await utimes(first, 1_700_000_000, 1_700_000_000);
    const { entries, errors, context } = await importFrom(folder);
    assert.deepEqual([...errors], []);
    assert.deepEqual(
      [...entries.keys()],
      ['d', 'c', 'b'].map((name) => `/default/_/ConfigMap/v1/${name}.yaml`),
    );
    assert.equal(
      formatTimestamp(entries.get('/default/_/ConfigMap/v1/b.yaml')!.record.info.modTime),
      '2023-11-14T22:13:20Z',
    );
    assert.deepEqual(context, { files: '3', documents: '3', objects: '3' });
  });

  it('names the file of an error by its path below the folder', async () => {
    await write('a/bad.yaml', 'a: 1\nb: [\n');
    await write('binary.yaml', Uint8Array.of(0xff, 0xfe));
    await write('good.yaml', configMap('good'));
    const { entries, errors } = await importFrom(folder);
    assert.equal(entries.size, 1);
    assert.match([...errors.keys()].join(' '), /^\/a\/bad\.yaml:\d \/binary\.yaml$/);
    assert.equal(errors.get('/binary.yaml'), 'the content is not UTF-8 text');
  });

  it('follows links inside the folder only', async () => {
    const outside = await mkdtemp(join(tmpdir(), 'ptar-outside-'));
    await writeFile(join(outside, 'secret.yaml'), configMap('secret'));
    await write('real.txt', configMap('real'));
    await symlink(join(folder, 'real.txt'), join(folder, 'inside.yaml'));
    await symlink(join(outside, 'secret.yaml'), join(folder, 'outside.yaml'));
    await symlink(join(folder, 'nowhere'), join(folder, 'dangling.yaml'));
    const { entries, errors } = await importFrom(folder);
    await rm(outside, { recursive: true });
    assert.deepEqual([...entries.keys()], ['/default/_/ConfigMap/v1/real.yaml']);
    assert.deepEqual([...errors.keys()], ['/dangling.yaml', '/outside.yaml']);
  });

  it('refuses a file above the limit without reading it', async () => {
    const path = await write('large.yaml', '');
    await truncate(path, MANIFEST_SIZE_MAX + 1);
    const { errors } = await importFrom(path);
    assert.match(errors.get('/large.yaml') ?? '', /larger than 256 MiB/);
  });

  it('says where nothing is', async () => {
    await assert.rejects(openManifestsImporter(join(folder, 'none')), { code: 'NOT_FOUND_SOURCE' });
  });
});
