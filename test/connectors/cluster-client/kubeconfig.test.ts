/** Kubeconfigs are read as kubectl reads them, and no message quotes one. */
import assert from 'node:assert/strict';
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { obtainCredentials } from '../../../src/connectors/cluster-client/credentials.ts';
import {
  kubeconfigContextNames,
  readKubeconfigContext,
} from '../../../src/connectors/cluster-client/kubeconfig.ts';

const BASE = {
  clusters: [{ name: 'c1', cluster: { server: 'https://one.test:6443/' } }],
  users: [{ name: 'u1', user: { token: 'token-one' } }],
  contexts: [{ name: 'one', context: { cluster: 'c1', user: 'u1', namespace: 'team' } }],
  'current-context': 'one',
};

describe('kubeconfig', () => {
  let directory: string;
  const environment = process.env['KUBECONFIG'];

  beforeEach(async () => {
    directory = await mkdtemp(path.join(tmpdir(), 'k8s-kubeconfig-'));
  });
  afterEach(async () => {
    if (environment === undefined) delete process.env['KUBECONFIG'];
    else process.env['KUBECONFIG'] = environment;
    await rm(directory, { recursive: true });
  });

  async function write(name: string, config: unknown): Promise<string> {
    const file = path.join(directory, name);
    await mkdir(path.dirname(file), { recursive: true });
    await writeFile(file, typeof config === 'string' ? config : JSON.stringify(config));
    return file;
  }

  it('takes the current context where none is named', async () => {
    const context = readKubeconfigContext({ kubeconfig: await write('config', BASE) });
    assert.equal(context.contextName, 'one');
    assert.equal(context.namespace, 'team');
    assert.equal(context.cluster.server, 'https://one.test:6443');
    const { headers } = await obtainCredentials(context, undefined);
    assert.equal(headers['authorization'], 'Bearer token-one');
  });

  it('merges the files of KUBECONFIG: what names something first wins, missing files are passed over', async () => {
    const other = {
      clusters: [
        { name: 'c1', cluster: { server: 'https://late.test' } },
        { name: 'c2', cluster: { server: 'https://two.test' } },
      ],
      users: [{ name: 'u2', user: {} }],
      contexts: [{ name: 'two', context: { cluster: 'c2', user: 'u2' } }],
      'current-context': 'two',
    };
    const files = [await write('a', BASE), path.join(directory, 'missing'), await write('b', other)];
    process.env['KUBECONFIG'] = files.join(path.delimiter);
    assert.deepEqual(kubeconfigContextNames(), ['one', 'two']);
    assert.equal(readKubeconfigContext().cluster.server, 'https://one.test:6443');
    assert.equal(readKubeconfigContext({ context: 'two' }).cluster.server, 'https://two.test');
  });

  it('reads token files and certificates relative to the file that names them', async () => {
    await write('nested/secret.token', 'from-file\n');
    const config = { ...BASE, users: [{ name: 'u1', user: { tokenFile: 'secret.token' } }] };
    const context = readKubeconfigContext({ kubeconfig: await write('nested/config', config) });
    const { headers } = await obtainCredentials(context, undefined);
    assert.equal(headers['authorization'], 'Bearer from-file');
  });

  it('impersonates whom the kubeconfig names, or whom the caller names instead', async () => {
    const user = {
      token: 't',
      as: 'jane',
      'as-groups': ['dev', 'ops'],
      'as-uid': '7',
      'as-user-extra': { 'Scope/X': ['a'] },
    };
    const context = readKubeconfigContext({
      kubeconfig: await write('config', { ...BASE, users: [{ name: 'u1', user }] }),
    });
    const { headers } = await obtainCredentials(context, undefined);
    assert.deepEqual(headers, {
      authorization: 'Bearer t',
      'impersonate-user': 'jane',
      'impersonate-group': ['dev', 'ops'],
      'impersonate-uid': '7',
      'impersonate-extra-scope%2fx': ['a'],
    });
    const other = await obtainCredentials(context, { user: 'joe' });
    assert.deepEqual(other.headers, { authorization: 'Bearer t', 'impersonate-user': 'joe' });
  });

  it('reads disable-compression and basic authentication', async () => {
    const config = {
      ...BASE,
      clusters: [{ name: 'c1', cluster: { server: 'http://127.0.0.1:8001', 'disable-compression': true } }],
      users: [{ name: 'u1', user: { username: 'a', password: 'b' } }],
    };
    const context = readKubeconfigContext({ kubeconfig: await write('config', config) });
    assert.equal(context.compression, false);
    const { headers } = await obtainCredentials(context, undefined);
    assert.equal(headers['authorization'], `Basic ${Buffer.from('a:b').toString('base64')}`);
  });

  it('names what is missing', async () => {
    const kubeconfig = await write('config', { ...BASE, 'current-context': '' });
    assert.throws(() => readKubeconfigContext({ kubeconfig }), {
      code: 'CONNECTOR_CONFIGURATION',
      message: /no current context/,
    });
    assert.throws(() => readKubeconfigContext({ kubeconfig, context: 'x' }), {
      message: /no context "x" in .*: it has one$/,
    });
    const absent = path.join(directory, 'absent');
    assert.throws(() => readKubeconfigContext({ kubeconfig: absent }), {
      message: `no kubeconfig at ${absent}`,
    });
    const dangling = await write('dangling', { ...BASE, users: [] });
    assert.throws(() => readKubeconfigContext({ kubeconfig: dangling }), { message: /names user "u1"/ });
  });

  it('does not quote a broken file', async () => {
    const kubeconfig = await write('config', 'users:\n- name: u\n  user: {token: sekret-value\n bad');
    assert.throws(
      () => readKubeconfigContext({ kubeconfig }),
      (error: Error) => {
        assert.match(error.message, /is not a kubeconfig/);
        assert.doesNotMatch(`${error.message}${String(error.cause)}`, /sekret/);
        return true;
      },
    );
  });
});
