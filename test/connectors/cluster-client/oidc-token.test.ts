/** OIDC users of a kubeconfig: an issuer of our own renews their tokens, and a real API server believes it. */
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { parse, stringify } from 'yaml';
import { openClusterClient } from '../../../src/connectors/cluster-client/index.ts';
import { obtainCredentials } from '../../../src/connectors/cluster-client/credentials.ts';
import { readKubeconfigContext } from '../../../src/connectors/cluster-client/kubeconfig.ts';
import { runTool } from '../../cluster/binary.ts';
import { startCluster } from '../../cluster/harness.ts';
import { requirement } from '../../requirements.ts';
import { TestIssuer, type IssuerBehaviour } from './test-issuer.ts';

const HOUR = 3600;

describe('OIDC user', function () {
  this.timeout(20_000);
  let directory: string;
  let kubeconfig: string;
  const issuers: TestIssuer[] = [];

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'k8s-oidc-'));
    kubeconfig = path.join(directory, 'config');
  });
  afterEach(async () => {
    for (const issuer of issuers.splice(0)) await issuer.close();
    await rm(directory, { recursive: true, force: true });
  });

  async function issuer(behaviour: IssuerBehaviour = {}): Promise<TestIssuer> {
    const started = await new TestIssuer(behaviour).listen();
    issuers.push(started);
    return started;
  }

  async function login(user: object, cluster: object = { server: 'https://127.0.0.1:9' }): Promise<void> {
    const config = {
      clusters: [{ name: 'c', cluster }],
      users: [{ name: 'jane', user }],
      contexts: [{ name: 'x', context: { cluster: 'c', user: 'jane' } }],
      'current-context': 'x',
    };
    await writeFile(kubeconfig, `# kept by hand\n${stringify(config)}`, { mode: 0o600 });
  }

  async function authorization(): Promise<string> {
    const { headers } = await obtainCredentials(readKubeconfigContext({ kubeconfig }), undefined);
    return String(headers['authorization']);
  }

  async function expiryMs(): Promise<number> {
    const [, claims = ''] = (await authorization()).split('.');
    return (JSON.parse(Buffer.from(claims, 'base64url').toString()) as { exp: number }).exp * 1000;
  }

  it('goes on with a token that is valid, without asking the issuer', async () => {
    const provider = await issuer();
    await login(provider.user(HOUR));
    assert.ok((await expiryMs()) > Date.now());
    assert.deepEqual(provider.grants, []);
  });

  it('gets a new token for one that has expired', async () => {
    const provider = await issuer();
    await login(provider.user(-HOUR));
    const before = await readFile(kubeconfig, 'utf8');
    assert.ok((await expiryMs()) > Date.now());
    assert.equal(provider.grants[0]?.form.get('client_id'), provider.clientId);
    await authorization();
    assert.equal(provider.grants.length, 1, 'what was renewed serves until it expires');
    assert.equal(await readFile(kubeconfig, 'utf8'), before);
  });

  it('sends the secret of a confidential client as the issuer takes it', async () => {
    const secret = 'p w:%';
    const basic = await issuer();
    await login(basic.user(-HOUR, { 'client-secret': secret }));
    await authorization();
    const expected = Buffer.from(`${basic.clientId}:p+w%3A%25`).toString('base64');
    assert.equal(basic.grants[0]?.authorization, `Basic ${expected}`);
    const post = await issuer({ authMethods: ['client_secret_post'] });
    await login(post.user(-HOUR, { 'client-secret': secret }));
    await authorization();
    assert.equal(post.grants[0]?.form.get('client_secret'), secret);
  });

  it('keeps a refresh token that replaces the old one, and the rest of the kubeconfig', async () => {
    const provider = await issuer({ rotates: true, lifetimeSeconds: 1 });
    await login(provider.user(-HOUR));
    // What the issuer gives expires at once, so that each needs the refresh token of the one before.
    for (let count = 1; count <= 3; count++) {
      await authorization();
      assert.equal(provider.grants.length, count);
    }
    const text = await readFile(kubeconfig, 'utf8');
    assert.match(text, /^# kept by hand$/m);
    const { users } = parse(text) as { users: [{ user: { 'auth-provider': { config: object } } }] };
    const { config } = users[0].user['auth-provider'];
    assert.deepEqual(
      { ...config, 'id-token': '' },
      {
        'idp-issuer-url': provider.url,
        'client-id': provider.clientId,
        'id-token': '',
        'refresh-token': 'refresh-sekret-3',
      },
    );
    assert.equal((await stat(kubeconfig)).mode & 0o777, 0o600);
  });

  for (const [why, more, code] of [
    ['that cannot be renewed', { 'refresh-token': '' }, 'CONNECTOR_UNAUTHORIZED'],
    ['whose refresh token is refused', { 'refresh-token': 'old-sekret' }, 'CONNECTOR_UNAUTHORIZED'],
    [
      'of an issuer that does not answer',
      { 'idp-issuer-url': 'http://127.0.0.1:9' },
      'CONNECTOR_UNREACHABLE',
    ],
    ['of an issuer without TLS', { 'idp-issuer-url': 'http://issuer.test' }, 'CONNECTOR_CONFIGURATION'],
    ['of what is no issuer', { 'idp-issuer-url': 'PLACEHOLDER/other' }, 'CONNECTOR_CONFIGURATION'],
    ['without the authority', { 'idp-certificate-authority': 'not-there.crt' }, 'CONNECTOR_CONFIGURATION'],
  ] as const) {
    it(`with a token ${why} is told so in one line, without the token`, async () => {
      const provider = await issuer();
      const fields = Object.entries(more).map(([key, value]) => [
        key,
        value.replace('PLACEHOLDER', provider.url),
      ]);
      await login(provider.user(-HOUR, Object.fromEntries(fields) as Record<string, string>));
      await assert.rejects(authorization(), (error: Error & { code?: string }) => {
        assert.equal(error.code, code);
        assert.doesNotMatch(error.message, /sekret|\n/);
        return true;
      });
    });
  }

  describe('of a real API server', () => {
    before(requirement('cluster'));

    it('is let in with a renewed token, over TLS with the authority that the kubeconfig names', async function () {
      this.timeout(180_000);
      const pki = path.join(directory, 'issuer');
      const certificates = [{ name: 'issuer', commonName: 'issuer', hosts: ['127.0.0.1'] }];
      await runTool('pki', [], { stdin: JSON.stringify({ directory: pki, certificates }) });
      const [cert, key] = await Promise.all(
        ['issuer.crt', 'issuer.key'].map((name) => readFile(path.join(pki, name))),
      );
      const provider = await issuer({ tls: { cert: cert!, key: key! } });
      const cluster = await startCluster({
        directory: path.join(directory, 'cluster'),
        apiserverFlags: [
          `--oidc-issuer-url=${provider.url}`,
          `--oidc-client-id=${provider.clientId}`,
          `--oidc-ca-file=${path.join(pki, 'ca.crt')}`,
          '--oidc-username-prefix=-',
        ],
      });
      try {
        const authority = { 'certificate-authority': path.join(directory, 'cluster', 'pki', 'ca.crt') };
        await login(provider.user(-HOUR, { 'idp-certificate-authority': path.join('issuer', 'ca.crt') }), {
          server: cluster.server,
          ...authority,
        });
        const client = await openClusterClient({ kubeconfig });
        const review = await client.json({
          method: 'POST',
          path: '/apis/authentication.k8s.io/v1/selfsubjectreviews',
          body: JSON.stringify({ apiVersion: 'authentication.k8s.io/v1', kind: 'SelfSubjectReview' }),
        });
        await client.close();
        const { status } = review as { status: { userInfo: { username: string } } };
        assert.equal(status.userInfo.username, 'jane');
        assert.equal(provider.grants.length, 1);
      } finally {
        await cluster.remove();
      }
    });
  });
});
