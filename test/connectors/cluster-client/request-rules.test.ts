/** Tables of the pure parts: proxies, RBAC rules of requests, errors, retries. */
import assert from 'node:assert/strict';
import fc from 'fast-check';
import {
  apiError,
  connectionError,
  readApiStatus,
} from '../../../src/connectors/cluster-client/api-error.ts';
import { chooseProxy } from '../../../src/connectors/cluster-client/proxy-choice.ts';
import {
  formatMissingRule,
  formatRequestedRule,
  requestedRule,
} from '../../../src/connectors/cluster-client/requested-rule.ts';
import {
  ESTABLISHED,
  FIRST_CONTACT,
  retryDelayMs,
} from '../../../src/connectors/cluster-client/retry-policy.ts';

describe('choice of a proxy', () => {
  const proxy = 'http://proxy.test:3128';
  const table: readonly (readonly [server: string, noProxy: string, proxied: boolean])[] = [
    ['https://api.cluster.test', '', true],
    ['https://api.cluster.test', '*', false],
    ['https://api.cluster.test', 'cluster.test', false],
    ['https://api.cluster.test', '.cluster.test', false],
    ['https://api.cluster.test', '*.cluster.test', false],
    ['https://cluster.test', '.cluster.test', true],
    ['https://mycluster.test', 'cluster.test', true],
    ['https://api.cluster.test:6443', 'api.cluster.test:443', true],
    ['https://api.cluster.test:6443', 'api.cluster.test:6443', false],
    ['https://10.1.2.3:6443', '10.0.0.0/8', false],
    ['https://11.1.2.3:6443', '10.0.0.0/8,192.168.0.0/16', true],
    ['https://10.1.2.3', '10.1.2.3', false],
    ['https://[fd00::1]:6443', 'fd00::/8', false],
    ['https://[fe80::1]', 'fd00::/8', true],
    ['https://127.0.0.1:6443', '', false],
    ['https://localhost:6443', '', false],
    ['https://10.1.2.3', '10.0.0.0/33,not-a-block/8', true],
  ];
  for (const [server, noProxy, proxied] of table) {
    it(`${server} with NO_PROXY="${noProxy}" goes ${proxied ? 'through it' : 'directly'}`, () => {
      const environment = { HTTPS_PROXY: proxy, NO_PROXY: noProxy };
      assert.equal(chooseProxy(new URL(server), undefined, environment), proxied ? proxy : undefined);
    });
  }

  it('follows proxy-url before the environment, and small letters', () => {
    const server = new URL('https://api.test');
    assert.equal(
      chooseProxy(server, 'socks5://s.test:1', { HTTPS_PROXY: proxy, NO_PROXY: '*' }),
      'socks5://s.test:1',
    );
    assert.equal(chooseProxy(server, undefined, { https_proxy: 'proxy.test:3128' }), proxy);
    assert.equal(chooseProxy(new URL('http://api.test'), undefined, { HTTPS_PROXY: proxy }), undefined);
  });
});

describe('rule of a request', () => {
  const table: readonly (readonly [method: string, path: string, rule: string])[] = [
    ['GET', '/api/v1/secrets?limit=1', 'list secrets'],
    ['GET', '/api/v1/namespaces/web/secrets', 'list secrets in namespace "web"'],
    ['GET', '/api/v1/namespaces', 'list namespaces'],
    ['GET', '/api/v1/namespaces/web', 'get namespaces "web"'],
    [
      'PATCH',
      '/apis/apps/v1/namespaces/web/deployments/api?force=true',
      'patch deployments.apps "api" in namespace "web"',
    ],
    ['POST', '/api/v1/namespaces/web/pods/db/exec', 'create pods/exec "db" in namespace "web"'],
    [
      'DELETE',
      '/apis/apps/v1/namespaces/web/deployments',
      'deletecollection deployments.apps in namespace "web"',
    ],
    ['GET', '/api/v1/pods?watch=1', 'watch pods'],
    ['GET', '/version', 'get /version'],
    [
      'GET',
      '/apis/rbac.authorization.k8s.io/v1/clusterroles/a%3Ab',
      'get clusterroles.rbac.authorization.k8s.io "a:b"',
    ],
  ];
  for (const [method, path, rule] of table) {
    it(`${method} ${path} asks to ${rule}`, () => {
      assert.equal(formatRequestedRule(requestedRule(method, path)), rule);
    });
  }

  it('is said as one would write it into a role', () => {
    assert.equal(
      formatMissingRule(requestedRule('GET', '/apis/apps/v1/namespaces/web/deployments')),
      'a Role in namespace "web" with verbs [list], apiGroups ["apps"], resources [deployments]',
    );
    assert.equal(
      formatMissingRule(requestedRule('GET', '/api/v1/nodes')),
      'a ClusterRole with verbs [list], apiGroups [""], resources [nodes]',
    );
    assert.equal(
      formatMissingRule(requestedRule('GET', '/metrics')),
      'a ClusterRole with verbs [get] on nonResourceURLs [/metrics]',
    );
  });
});

describe('errors of the API server', () => {
  const request = {
    server: 'https://api.test',
    contextName: 'prod',
    method: 'POST',
    path: '/api/v1/namespaces/web/secrets',
    confidential: false,
  };

  it('carry its words on one line', () => {
    const status = readApiStatus(
      JSON.stringify({ kind: 'Status', reason: 'Invalid', message: 'spec is\n  wrong' }),
    );
    assert.equal(
      apiError(422, status, request).message,
      'rejected with 422: create secrets in namespace "web": spec is wrong',
    );
  });

  it('keep back words that may quote a Secret, but not which fields are wrong', () => {
    const body = {
      reason: 'Invalid',
      message: 'data: Invalid value: "sekret"',
      details: { causes: [{ reason: 'FieldValueInvalid', field: 'data', message: '"sekret"' }] },
    };
    const error = apiError(422, readApiStatus(JSON.stringify(body)), { ...request, confidential: true });
    assert.equal(
      error.message,
      'rejected with 422: create secrets in namespace "web": Invalid: data (FieldValueInvalid)',
    );
    assert.equal(
      apiError(400, readApiStatus('sekret'), { ...request, confidential: true }).message,
      'rejected with 400: create secrets in namespace "web"',
    );
  });

  it('tell RBAC from admission', () => {
    const rbac = readApiStatus(
      JSON.stringify({ message: 'secrets is forbidden: User "jane" cannot create resource "secrets"' }),
    );
    assert.match(
      apiError(403, rbac, request).message,
      /^forbidden: user "jane" may not create secrets in namespace "web": it takes a Role/,
    );
    const quota = readApiStatus(JSON.stringify({ message: 'exceeded quota: q' }));
    assert.equal(
      apiError(403, quota, request).message,
      'forbidden: create secrets in namespace "web": exceeded quota: q',
    );
  });

  it('have stable codes', () => {
    const codes = [401, 403, 404, 409, 410, 422, 429, 500, 501, 503].map((status) => {
      const { code, retryable } = apiError(status, readApiStatus(''), request);
      return [status, code, retryable];
    });
    assert.deepEqual(codes, [
      [401, 'CONNECTOR_UNAUTHORIZED', false],
      [403, 'CONNECTOR_FORBIDDEN', false],
      [404, 'CONNECTOR_REJECTED', false],
      [409, 'CONNECTOR_CONFLICT', false],
      [410, 'CONNECTOR_REJECTED', false],
      [422, 'CONNECTOR_REJECTED', false],
      [429, 'CONNECTOR_FAILED', true],
      [500, 'CONNECTOR_FAILED', true],
      [501, 'CONNECTOR_FAILED', false],
      [503, 'CONNECTOR_FAILED', true],
    ]);
  });

  it('of the connection say what to check', () => {
    const refused = connectionError(Object.assign(new Error('x'), { code: 'ECONNREFUSED' }), request);
    assert.equal(
      refused.message,
      'cannot reach https://api.test (connection refused): check that the cluster runs, the server of context "prod", VPN and proxy',
    );
    const nested = connectionError({ cause: { errors: [{ code: 'EHOSTUNREACH' }] } }, request);
    assert.match(nested.message, /no route to the host/);
    const expired = connectionError({ code: 'CERT_HAS_EXPIRED' }, request);
    assert.match(expired.message, /^cannot trust https:\/\/api\.test: its certificate has expired/);
  });
});

describe('retries', () => {
  const failure = { status: 503, retryAfterSeconds: undefined, unsent: false };

  it('repeat what changes nothing, and what the server did not act on', () => {
    const delay = (status: number | undefined, repeatable: boolean, more = {}): number | undefined =>
      retryDelayMs({ ...failure, status, ...more }, repeatable, 1, 0, ESTABLISHED, 0);
    assert.ok(delay(503, true));
    assert.ok(delay(undefined, true));
    assert.ok(delay(429, false));
    assert.ok(delay(503, false, { retryAfterSeconds: 1 }));
    assert.ok(delay(undefined, false, { unsent: true }));
    assert.equal(delay(undefined, false), undefined);
    assert.equal(delay(503, false), undefined);
    assert.equal(delay(404, true), undefined);
    assert.equal(delay(501, true), undefined);
  });

  it('wait as long as they are asked to, up to half a minute', () => {
    assert.equal(retryDelayMs({ ...failure, retryAfterSeconds: 7 }, true, 1, 0, ESTABLISHED, 0), 7_000);
    assert.equal(retryDelayMs({ ...failure, retryAfterSeconds: 86_400 }, true, 1, 0, ESTABLISHED, 0), 30_000);
  });

  it('end, whatever the answers', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(FIRST_CONTACT, ESTABLISHED),
        fc.array(fc.double({ min: 0, max: 0.999, noNaN: true }), { minLength: 20 }),
        (limits, randoms) => {
          let elapsedMs = 0;
          let attempt = 1;
          for (; attempt <= randoms.length; attempt++) {
            const delayMs = retryDelayMs(
              failure,
              true,
              attempt,
              elapsedMs,
              limits,
              randoms[attempt - 1] ?? 0,
            );
            if (delayMs === undefined) break;
            assert.ok(delayMs > 0);
            elapsedMs += delayMs;
          }
          assert.ok(attempt <= limits.attemptsMax);
          assert.ok(elapsedMs <= limits.patienceMs);
        },
      ),
    );
  });
});
