/** Area `path`: paths that would lead out, entries that are not where they say, links that point anywhere. */
import { decodeUtf8, encodeUtf8 } from '../../../src/format/bytes.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, planned } from './area.ts';
import { entryAt, type PlannedTree, snapshotLine } from './planned-tree.ts';

const contradiction = fails('INTEGRITY_SNAPSHOT', 'Snapshot', 'read');
const hidden = (error: string, section: string): Expectation => fails(error, section, 'check');

async function made(
  name: string,
  comment: string,
  expect: Expectation | 'tree',
  plan: (tree: PlannedTree) => unknown,
): Promise<Case> {
  const tree = planned();
  plan(tree);
  const id = await tree.snapshot();
  const outcome = expect === 'tree' ? { tree: [snapshotLine(id), ...tree.lines()] } : expect;
  return { name, comment, expect: outcome, archive: tree.forge.archive() };
}

/** A key that is no path, with an entry that agrees with it. */
function impossible(
  name: string,
  comment: string,
  path: string,
  parentPath: string,
  base: string,
  expect = contradiction,
): Promise<Case> {
  return made(name, comment, expect, (tree) => {
    const entry = entryAt('/x', 0o644);
    tree.entry(path, { ...entry, parentPath, fileInfo: { ...entry.fileInfo, name: base } });
  });
}

async function* impossiblePaths(): AsyncGenerator<Case> {
  yield impossible('dot_dot', 'The key /.. .', '/..', '/', '..');
  yield impossible('dot', 'The key /. .', '/.', '/', '.');
  yield impossible(
    'dot_dot_within',
    'The key /../etc: a walk never comes there.',
    '/../etc',
    '/..',
    'etc',
    hidden('INTEGRITY_SNAPSHOT', 'Snapshot'),
  );
  yield impossible(
    'empty_element',
    'The key //a.',
    '//a',
    '/',
    'a',
    hidden('INTEGRITY_SNAPSHOT', 'Snapshot'),
  );
  yield impossible(
    'trailing_slash',
    'The key /a/ .',
    '/a/',
    '/a',
    '',
    hidden('INTEGRITY_SNAPSHOT', 'Snapshot'),
  );
  yield impossible('relative', 'The key a.', 'a', '', 'a', hidden('INTEGRITY_SNAPSHOT', 'Snapshot'));
  yield impossible('empty', 'An empty key.', '', '', '', hidden('INTEGRITY_SNAPSHOT', 'Snapshot'));
  yield impossible('nul', 'A key with NUL.', '/a\0b', '/', 'a\0b');
  yield impossible(
    'too_long',
    'A key of one byte more than the limit.',
    `/${'x'.repeat(65_536)}`,
    '/',
    'x'.repeat(65_536),
  );
}

async function* contradictions(): AsyncGenerator<Case> {
  yield made('name_differs', 'The entry at /a says that its name is b.', contradiction, (tree) =>
    tree.file('/a', 'x', (entry) => ({ ...entry, fileInfo: { ...entry.fileInfo, name: 'b' } })),
  );
  yield made('name_with_slash', 'The entry at /a says that its name is ../a.', contradiction, (tree) =>
    tree.file('/a', 'x', (entry) => ({ ...entry, fileInfo: { ...entry.fileInfo, name: '../a' } })),
  );
  yield made('parent_differs', 'The entry at /d/a says that its parent is /e.', contradiction, (tree) =>
    tree
      .directory('/d')
      .directory('/e')
      .file('/d/a', 'x', (entry) => ({ ...entry, parentPath: '/e' })),
  );
  yield made('root_name', 'The root says that its name is x.', contradiction, (tree) =>
    tree.directory('/', (entry) => ({ ...entry, fileInfo: { ...entry.fileInfo, name: 'x' } })),
  );
  yield made('below_file', 'An entry below a regular file.', hidden('FORMAT_TREE', 'Entry'), (tree) =>
    tree.file('/a', 'x').file('/a/b', 'y'),
  );
  yield made(
    'below_link',
    'An entry below a symbolic link that points out: the classic way out of a target.',
    hidden('FORMAT_TREE', 'Entry'),
    (tree) => tree.link('/a', '../../../etc').file('/a/cron', 'y'),
  );
  yield made(
    'without_parent',
    'An entry whose directory is not there.',
    hidden('FORMAT_TREE', 'Entry'),
    (tree) => tree.file('/a/b', 'y'),
  );
  yield made('error_elsewhere', 'An error recorded at /a that names /b.', contradiction, (tree) => {
    tree.error('/b', 'failed');
    const id = tree.errors.get('/b') ?? new Uint8Array(32);
    tree.errors.clear();
    tree.errors.set('/a', id);
  });
}

async function* allowed(): AsyncGenerator<Case> {
  yield made('link_absolute', 'A link with an absolute target is data.', 'tree', (tree) =>
    tree.link('/a', '/etc/passwd'),
  );
  yield made('link_upwards', 'A link that points out is data.', 'tree', (tree) =>
    tree.link('/a', '../../../../etc/passwd'),
  );
  yield made('link_to_itself', 'A link that points to itself is data.', 'tree', (tree) =>
    tree.link('/a', 'a'),
  );
  yield made('link_and_file_beside', 'A link and a file whose name begins alike.', 'tree', (tree) =>
    tree.link('/a', 'b').file('/a-', 'x').file('/aa', 'y'),
  );
  yield made('longest', 'A path of as many bytes as the limit allows.', 'tree', (tree) =>
    tree.file(`/${'x'.repeat(65_535)}`, 'x'),
  );
  yield made('not_utf8', 'Names that are not UTF-8, with the order of their bytes.', 'tree', (tree) => {
    for (const bytes of ['2fff', '2fc328', '2fe282', '2feda080', '2fc3a9']) {
      tree.file(decodeUtf8(Buffer.from(bytes, 'hex')), bytes);
    }
  });
  yield made('order_of_bytes', 'U+10000 sorts behind U+FFFF, unlike in UTF-16.', 'tree', (tree) =>
    tree.file('/\u{10000}', 'x').file('/\uffff', 'y'),
  );
  yield made(
    'names_of_windows',
    'Names that Windows takes for devices, drives or separators.',
    'tree',
    (tree) => {
      for (const name of ['CON', 'nul.txt', 'C:', 'a\\..\\b', 'trailing.', 'trailing ', 'a:stream']) {
        tree.file(`/${name}`, name);
      }
    },
  );
  yield made('control_characters', 'Names that terminals interpret.', 'tree', (tree) =>
    tree.file('/\u001b[2J', 'x').file('/a\nb', 'y').file('/\u202etxt', 'z'),
  );
  yield made('case', 'Names that differ in case, and in normalisation.', 'tree', (tree) =>
    tree.file('/A', 'x').file('/a', 'y').file('/\u00e9', 'z').file('/e\u0301', 'w'),
  );
  yield made('dots', 'Names of dots that are not special.', 'tree', (tree) =>
    tree.file('/...', 'x').file('/..a', 'y').file('/a..', 'z'),
  );
  yield made('deep', 'A path of 200 elements.', 'tree', (tree) => {
    let path = '';
    for (let depth = 0; depth < 200; depth++) {
      path += '/d';
      tree.directory(path);
    }
    tree.file(`${path}/file`, encodeUtf8('x'));
  });
}

/** All vectors of the area. */
export async function path(): Promise<Vector[]> {
  async function* all(): AsyncGenerator<Case> {
    yield* impossiblePaths();
    yield* contradictions();
    yield* allowed();
  }
  return area('path', all());
}
