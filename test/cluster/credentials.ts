/** Keys, certificates and kubeconfigs of a test cluster. */
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { stringify } from 'yaml';
import { runTool } from './binary.ts';

/** A certificate to issue: `NAME.crt` and `NAME.key`. */
interface CertificateRequest {
  readonly name: string;
  readonly commonName: string;
  readonly organizations?: readonly string[];
  /** DNS names and IP addresses of a server; none for a client. */
  readonly hosts?: readonly string[];
}

const LOOPBACK = ['127.0.0.1', 'localhost'];
// 10.0.0.1 is the first address of --service-cluster-ip-range: the Service `kubernetes`.
const API_SERVER_HOSTS = [
  ...LOOPBACK,
  'kubernetes',
  'kubernetes.default',
  'kubernetes.default.svc',
  '10.0.0.1',
];

/** Who may do everything: https://kubernetes.io/docs/reference/access-authn-authz/rbac/#user-facing-roles */
const ADMINISTRATORS = 'system:masters';

/** The folder with the cluster's authority and everything that it has issued. */
export class Credentials {
  readonly directory: string;

  private constructor(directory: string) {
    this.directory = directory;
  }

  /** Issues what the components need; the authority and the service accounts' key are kept where they are there already. */
  static async create(directory: string): Promise<Credentials> {
    const credentials = new Credentials(directory);
    await credentials.#issue([
      { name: 'etcd', commonName: 'etcd', hosts: LOOPBACK },
      { name: 'etcd-client', commonName: 'etcd-client' },
      { name: 'kube-apiserver', commonName: 'kube-apiserver', hosts: API_SERVER_HOSTS },
      { name: 'kube-controller-manager', commonName: 'system:kube-controller-manager' },
      { name: 'kube-scheduler', commonName: 'system:kube-scheduler' },
      { name: 'admin', commonName: 'admin', organizations: [ADMINISTRATORS] },
    ]);
    return credentials;
  }

  /** Path of a file in the folder: `ca.crt`, `etcd-client.key`, … */
  path(name: string): string {
    return path.join(this.directory, name);
  }

  /** Certificate authority, certificate and key of `name`, as PEM. */
  async tls(name: string): Promise<{ ca: Buffer; cert: Buffer; key: Buffer }> {
    const [ca, cert, key] = await Promise.all([
      readFile(this.path('ca.crt')),
      readFile(this.path(`${name}.crt`)),
      readFile(this.path(`${name}.key`)),
    ]);
    return { ca, cert, key };
  }

  /** Writes a self-contained kubeconfig, readable for its owner only, that logs in to `server` with the certificate `name`. */
  async writeKubeconfig(file: string, server: string, name: string): Promise<string> {
    const { ca, cert, key } = await this.tls(name);
    const config = {
      apiVersion: 'v1',
      kind: 'Config',
      clusters: [
        { name: 'test-cluster', cluster: { server, 'certificate-authority-data': ca.toString('base64') } },
      ],
      users: [
        {
          name,
          user: {
            'client-certificate-data': cert.toString('base64'),
            'client-key-data': key.toString('base64'),
          },
        },
      ],
      contexts: [{ name: 'test-cluster', context: { cluster: 'test-cluster', user: name } }],
      'current-context': 'test-cluster',
    };
    await mkdir(path.dirname(file), { recursive: true, mode: 0o700 });
    await writeFile(file, stringify(config, { lineWidth: 0 }), { mode: 0o600 });
    return file;
  }

  /** Issues a client certificate for a user. @returns its name for {@link writeKubeconfig} */
  async issueUser(user: string, groups: readonly string[]): Promise<string> {
    const name = `user-${encodeURIComponent(user)}`;
    await this.#issue([{ name, commonName: user, organizations: groups }]);
    return name;
  }

  async #issue(certificates: readonly CertificateRequest[]): Promise<void> {
    await runTool('pki', [], { stdin: JSON.stringify({ directory: this.directory, certificates }) });
  }
}
