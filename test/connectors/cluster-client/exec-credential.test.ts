/** Exec plugins: real processes that answer well, badly or not at all. */
import assert from 'node:assert/strict';
import { isatty } from 'node:tty';
import type { Cluster, User } from '@kubernetes/client-node';
import { runExecPlugin } from '../../../src/connectors/cluster-client/exec-credential.ts';
import { CancelledError } from '../../../src/errors.ts';

const CLUSTER: Cluster = {
  name: 'c',
  server: 'https://cluster.test:6443',
  skipTLSVerify: false,
  caData: 'Q0E=',
};

function plugin(script: string, more: Record<string, unknown> = {}): User {
  const exec = { command: process.execPath, args: ['-e', script], interactiveMode: 'Never', ...more };
  return { name: 'u', exec };
}

describe('exec plugin', () => {
  it('gives token and certificate', async () => {
    const status = { token: 't', clientCertificateData: 'CERT', clientKeyData: 'KEY' };
    const script = `console.log(JSON.stringify({kind:'ExecCredential',status:${JSON.stringify(status)}}))`;
    assert.deepEqual(await runExecPlugin(plugin(script), CLUSTER), {
      token: 't',
      clientCertificate: 'CERT',
      clientKey: 'KEY',
    });
  });

  it('is told about the cluster when it asks to be, and gets its environment', async () => {
    const script = `const info = JSON.parse(process.env.KUBERNETES_EXEC_INFO);
      console.log(JSON.stringify({status:{token:[info.kind, info.apiVersion, info.spec.interactive, info.spec.cluster.server, info.spec.cluster['certificate-authority-data'], process.env.PROFILE].join()}}))`;
    const more = {
      apiVersion: 'client.authentication.k8s.io/v1beta1',
      provideClusterInfo: true,
      env: [{ name: 'PROFILE', value: 'p' }],
    };
    const { token } = await runExecPlugin(plugin(script, more), CLUSTER);
    assert.equal(
      token,
      'ExecCredential,client.authentication.k8s.io/v1beta1,false,https://cluster.test:6443,Q0E=,p',
    );
  });

  it('is named when it is not installed, with its hint', async () => {
    const user = plugin('', {
      command: 'ptar-no-such-plugin',
      installHint: 'get it from your administrator\nsecond line',
    });
    await assert.rejects(runExecPlugin(user, CLUSTER), {
      code: 'CONNECTOR_CONFIGURATION',
      message: 'credential plugin ptar-no-such-plugin is not installed: get it from your administrator',
    });
  });

  it('may complain in one line, without what could be a token', async () => {
    const script = `console.error('session eyJhbGciOiJSUzI1NiIsImtpZCI6IjEyMyJ9.payload expired'); console.error('more'); process.exit(3)`;
    await assert.rejects(runExecPlugin(plugin(script), CLUSTER), {
      code: 'CONNECTOR_CONFIGURATION',
      message: /ended with 3: session … expired$/,
    });
  });

  for (const [name, output] of [
    ['no JSON', 'sekret-token is not json'],
    ['no credential', '{"status":{"note":"sekret-token"}}'],
    ['no status', '{}'],
  ] as const) {
    it(`is not quoted when it answers with ${name}`, async () => {
      await assert.rejects(
        runExecPlugin(plugin(`console.log(${JSON.stringify(output)})`), CLUSTER),
        (error: Error) => {
          assert.match(error.message, /answered without a credential/);
          assert.doesNotMatch(`${error.message}${String(error.cause)}`, /sekret/);
          return true;
        },
      );
    });
  }

  it('ends when the caller gives up', async () => {
    const abort = new AbortController();
    const running = runExecPlugin(plugin('setInterval(() => {}, 1000)'), CLUSTER, abort.signal);
    abort.abort();
    await assert.rejects(running, CancelledError);
  });

  it('is not begun without a terminal that it needs', async function () {
    if (isatty(0)) this.skip(); // The test runner's own terminal would satisfy it.
    await assert.rejects(runExecPlugin(plugin('', { interactiveMode: 'Always' }), CLUSTER), {
      message: /needs a terminal/,
    });
  });
});
