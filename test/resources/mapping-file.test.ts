import assert from 'node:assert/strict';
import { mappingDocument, parseMapping } from '../../src/resources/mapping-file.ts';
import { IDENTITY_MAPPING } from '../../src/resources/mapping.ts';
import { withCode } from '../format/expected-error.ts';

const COMPLETE = `# to staging
namespaces:
  shop: shop-staging
  bank: "vault"
namePrefix: staging-
storageClasses: {fast: standard}
ingressClasses: {nginx: traefik}
hosts:
  shop.example.com: shop.staging.example.net
  .example.org: .staging.example.net
imageRegistries:
  docker.io: registry.local:5000/docker.io
  acme/web: registry.local/web
`;

describe('mapping files', () => {
  it('are read as they are written', () => {
    const mapping = parseMapping(COMPLETE, 'm.yaml');
    assert.deepEqual(mapping, {
      namespaces: new Map([
        ['shop', 'shop-staging'],
        ['bank', 'vault'],
      ]),
      namePrefix: 'staging-',
      droppedPrefix: '',
      storageClasses: new Map([['fast', 'standard']]),
      ingressClasses: new Map([['nginx', 'traefik']]),
      hosts: new Map([
        ['shop.example.com', 'shop.staging.example.net'],
        ['.example.org', '.staging.example.net'],
      ]),
      imageRegistries: new Map([
        ['docker.io', 'registry.local:5000/docker.io'],
        ['acme/web', 'registry.local/web'],
      ]),
    });
    assert.deepEqual(parseMapping(JSON.stringify(mappingDocument(mapping)), 'saved'), mapping);
  });

  it('may be empty', () => {
    for (const text of ['', '\n# nothing\n', '{}', '---\n']) {
      assert.deepEqual(parseMapping(text, 'm.yaml'), IDENTITY_MAPPING, JSON.stringify(text));
    }
  });

  for (const [what, text, message] of [
    [
      'an unknown key',
      'namespaces: {a: b}\nnamespace: {c: d}\n',
      /line 2: unknown key "namespace"; known are/,
    ],
    ['a key that occurs twice', 'namespaces:\n  a: b\n  a: c\n', /line 3: a key occurs twice/],
    ['a value that is no text', 'namespaces:\n  a: 1\n', /line 2: the value must be text/],
    ['a value that is missing', 'hosts:\n  a.b:\n', /line 2: the value must be text/],
    ['a name that none can have', '\nnamespaces: {a: B_c}\n', /line 2: namespaces: "B_c" is not a namespace/],
    ['a host for a domain', 'hosts:\n  .a.b: c.d\n', /line 2: hosts: a domain/],
    [
      'a registry with a tag',
      'imageRegistries: {docker.io: "a/b:tag"}',
      /line 1: imageRegistries: "a\/b:tag" is not/,
    ],
    ['a prefix that no name begins with', 'namePrefix: -x', /line 1: namePrefix must be/],
    ['a list', '- a\n', /line 1: a mapping file holds keys and values/],
    ['a list in a table', 'x: 1\nnamespaces: [a]', /line 1: unknown key/],
    ['a second document', 'namespaces: {a: b}\n---\nhosts: {a.b: c.d}\n', /line 3: a second document/],
    ['no YAML', 'namespaces: {a: b\n', /line [12]: no YAML/],
    ['an alias', 'namespaces: &a {a: b}\nhosts: *a\n', /line 2: hosts holds names/],
  ] as const) {
    it(`with ${what} are refused with the line`, () => {
      assert.throws(
        () => parseMapping(text, 'm.yaml'),
        (error: Error) => {
          withCode('USAGE')(error);
          assert.match(error.message, /^m\.yaml, /);
          assert.match(error.message, message);
          return true;
        },
      );
    });
  }
});
