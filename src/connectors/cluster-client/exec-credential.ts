import { spawn } from 'node:child_process';
import { isatty } from 'node:tty';
import type { Cluster, User } from '@kubernetes/client-node';
import { CancelledError, ConnectorError } from '../../errors.ts';

/** What an exec plugin answered: a bearer token, a client certificate, or both. */
export interface ExecCredential {
  readonly token: string | undefined;
  readonly clientCertificate: string | undefined;
  readonly clientKey: string | undefined;
}

interface ExecConfiguration {
  readonly apiVersion?: string;
  readonly command?: string;
  readonly args?: readonly string[] | null;
  readonly env?: readonly { name: string; value: string }[] | null;
  readonly installHint?: string;
  readonly provideClusterInfo?: boolean;
  readonly interactiveMode?: 'Never' | 'IfAvailable' | 'Always';
}

const ANSWER_SIZE_MAX = 1024 * 1024;
const COMPLAINT_LENGTH_MAX = 200;
/** A plugin may ask the person to log in with a browser. */
const PLUGIN_TIMEOUT_MS = 300_000;

/**
 * Runs the exec plugin of `user` once and reads its ExecCredential. client-node's own is not used because it never gives up on a
 * plugin, does not tell it about the cluster, and quotes the plugin's output – a token – in its errors.
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/authentication/#client-go-credential-plugins
 * @throws ConnectorError CONNECTOR_CONFIGURATION when the plugin is missing, fails or answers nonsense, CONNECTOR_TIMEOUT; CancelledError
 */
export async function runExecPlugin(
  user: User,
  cluster: Cluster,
  signal?: AbortSignal,
): Promise<ExecCredential> {
  const exec = user.exec as ExecConfiguration;
  const command = exec.command ?? '';
  if (command === '') throw pluginError(`user "${user.name}" has an exec section without a command`);
  const terminal = isatty(0);
  if (exec.interactiveMode === 'Always' && !terminal) {
    throw pluginError(`credential plugin ${command} of user "${user.name}" needs a terminal`);
  }
  const interactive = terminal && exec.interactiveMode !== 'Never';
  const child = spawn(command, exec.args ?? [], {
    stdio: [interactive ? 'inherit' : 'ignore', 'pipe', 'pipe'],
    env: {
      ...process.env,
      KUBERNETES_EXEC_INFO: JSON.stringify(execInfo(exec, cluster, interactive)),
      ...Object.fromEntries((exec.env ?? []).map(({ name, value }) => [name, value])),
    },
    windowsHide: true,
  });
  const giveUp = AbortSignal.timeout(PLUGIN_TIMEOUT_MS);
  const stop = () => child.kill();
  giveUp.addEventListener('abort', stop);
  signal?.addEventListener('abort', stop);
  let answer = '';
  let complaint = '';
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    answer += text;
    if (answer.length > ANSWER_SIZE_MAX) child.kill();
  });
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    if (complaint.length < COMPLAINT_LENGTH_MAX) complaint += text;
    if (interactive) process.stderr.write(text);
  });
  try {
    const exitCode = await new Promise<number | null>((resolve, reject) => {
      child.on('error', reject);
      child.on('close', resolve);
    });
    if (signal?.aborted) throw new CancelledError();
    if (giveUp.aborted) {
      throw new ConnectorError(
        'CONNECTOR_TIMEOUT',
        `credential plugin ${command} gave no answer in ${PLUGIN_TIMEOUT_MS / 1000} s`,
      );
    }
    if (exitCode !== 0) {
      throw pluginError(
        `credential plugin ${command} ended with ${exitCode ?? 'a signal'}${withoutTokens(complaint)}`,
      );
    }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'ENOENT') throw error;
    const hint =
      exec.installHint === undefined ? 'install it or put it on the PATH' : firstLine(exec.installHint);
    throw pluginError(`credential plugin ${command} is not installed: ${hint}`);
  } finally {
    giveUp.removeEventListener('abort', stop);
    signal?.removeEventListener('abort', stop);
  }
  return readAnswer(answer, command);
}

function execInfo(exec: ExecConfiguration, cluster: Cluster, interactive: boolean): unknown {
  const clusterInfo = {
    server: cluster.server,
    ...(cluster.tlsServerName === undefined ? {} : { 'tls-server-name': cluster.tlsServerName }),
    ...(cluster.skipTLSVerify ? { 'insecure-skip-tls-verify': true } : {}),
    ...(cluster.caData === undefined ? {} : { 'certificate-authority-data': cluster.caData }),
    ...(cluster.proxyUrl === undefined ? {} : { 'proxy-url': cluster.proxyUrl }),
  };
  return {
    kind: 'ExecCredential',
    apiVersion: exec.apiVersion ?? 'client.authentication.k8s.io/v1',
    spec: { interactive, ...(exec.provideClusterInfo === true ? { cluster: clusterInfo } : {}) },
  };
}

function readAnswer(answer: string, command: string): ExecCredential {
  let status: Record<string, unknown> | undefined;
  try {
    status = (JSON.parse(answer) as { status?: Record<string, unknown> }).status;
  } catch {
    // Said below, without the parser's quotation of the answer.
  }
  const text = (key: string): string | undefined => {
    const value = status?.[key];
    return typeof value === 'string' && value !== '' ? value : undefined;
  };
  const credential = {
    token: text('token'),
    clientCertificate: text('clientCertificateData'),
    clientKey: text('clientKeyData'),
  };
  if (credential.token === undefined && credential.clientCertificate === undefined) {
    throw pluginError(
      `credential plugin ${command} answered without a credential: run it by hand and look at its status`,
    );
  }
  return credential;
}

function withoutTokens(complaint: string): string {
  const line = firstLine(complaint).replace(/[A-Za-z0-9+/_.=-]{32,}/g, '…');
  return line === '' ? '' : `: ${line}`;
}

function firstLine(text: string): string {
  return (text.trim().split(/[\r\n]/, 1)[0] ?? '').slice(0, COMPLAINT_LENGTH_MAX);
}

function pluginError(message: string): ConnectorError {
  return new ConnectorError('CONNECTOR_CONFIGURATION', message);
}
