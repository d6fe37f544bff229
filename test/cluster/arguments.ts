/** Command lines of the components. Everything listens on 127.0.0.1 only, and wants client certificates. */
import type { Credentials } from './credentials.ts';

/** Ports of one cluster, in a row. */
export interface Ports {
  readonly apiServer: number;
  readonly etcd: number;
  readonly etcdPeer: number;
  readonly controllerManager: number;
  readonly scheduler: number;
  readonly kwok: number;
}

/** How many ports a cluster takes. */
export const PORT_COUNT = 6;

/** The ports from `first` on. */
export function portsFrom(first: number): Ports {
  return {
    apiServer: first,
    etcd: first + 1,
    etcdPeer: first + 2,
    controllerManager: first + 3,
    scheduler: first + 4,
    kwok: first + 5,
  };
}

const QUOTA_BYTES = 4 * 2 ** 30;

/** URL on the loopback interface. */
export function localUrl(port: number): string {
  return `https://127.0.0.1:${String(port)}`;
}

export function etcdArguments(directory: string, ports: Ports, credentials: Credentials): string[] {
  const [client, peer] = [localUrl(ports.etcd), localUrl(ports.etcdPeer)];
  const [certificate, key, authority] = ['etcd.crt', 'etcd.key', 'ca.crt'].map((name) =>
    credentials.path(name),
  );
  return flags({
    name: 'default',
    'data-dir': directory,
    'listen-client-urls': client,
    'advertise-client-urls': client,
    'listen-peer-urls': peer,
    'initial-advertise-peer-urls': peer,
    'initial-cluster': `default=${peer}`,
    'cert-file': certificate,
    'key-file': key,
    'client-cert-auth': true,
    'trusted-ca-file': authority,
    'peer-cert-file': certificate,
    'peer-key-file': key,
    'peer-client-cert-auth': true,
    'peer-trusted-ca-file': authority,
    'quota-backend-bytes': QUOTA_BYTES,
    'log-level': 'warn',
    // A test's data need not survive a power cut.
    'unsafe-no-fsync': true,
  });
}

export function apiServerArguments(ports: Ports, credentials: Credentials): string[] {
  return flags({
    'bind-address': '127.0.0.1',
    'secure-port': ports.apiServer,
    'advertise-address': '127.0.0.1',
    'endpoint-reconciler-type': 'none',
    'etcd-servers': localUrl(ports.etcd),
    'etcd-cafile': credentials.path('ca.crt'),
    'etcd-certfile': credentials.path('etcd-client.crt'),
    'etcd-keyfile': credentials.path('etcd-client.key'),
    'tls-cert-file': credentials.path('kube-apiserver.crt'),
    'tls-private-key-file': credentials.path('kube-apiserver.key'),
    'client-ca-file': credentials.path('ca.crt'),
    'service-account-key-file': credentials.path('sa.pub'),
    'service-account-signing-key-file': credentials.path('sa.key'),
    'service-account-issuer': 'https://kubernetes.default.svc',
    'service-cluster-ip-range': '10.0.0.0/16',
    'authorization-mode': 'Node,RBAC',
    'allow-privileged': true,
  });
}

export function controllerManagerArguments(
  kubeconfig: string,
  ports: Ports,
  credentials: Credentials,
): string[] {
  return flags({
    ...clientOf(kubeconfig),
    'secure-port': ports.controllerManager,
    'service-account-private-key-file': credentials.path('sa.key'),
    'root-ca-file': credentials.path('ca.crt'),
    'use-service-account-credentials': true,
    'leader-elect': false,
    controllers: '*,-nodeipam,-cloud-node-lifecycle-controller',
    // With the default of 20 a second its start takes ten seconds instead of one.
    'kube-api-qps': 300,
    'kube-api-burst': 600,
  });
}

export function schedulerArguments(kubeconfig: string, ports: Ports): string[] {
  return flags({ ...clientOf(kubeconfig), 'secure-port': ports.scheduler, 'leader-elect': false });
}

export function kwokArguments(kubeconfig: string, stages: string, ports: Ports): string[] {
  return flags({
    kubeconfig,
    config: stages,
    'manage-all-nodes': true,
    'node-lease-duration-seconds': 40,
    cidr: '10.244.0.0/16',
    'node-ip': '127.0.0.1',
    'server-address': `127.0.0.1:${String(ports.kwok)}`,
  });
}

function clientOf(kubeconfig: string): Record<string, string> {
  return {
    kubeconfig,
    'authentication-kubeconfig': kubeconfig,
    'authorization-kubeconfig': kubeconfig,
    'bind-address': '127.0.0.1',
  };
}

function flags(values: Readonly<Record<string, string | number | boolean | undefined>>): string[] {
  return Object.entries(values).map(([name, value]) => `--${name}=${String(value)}`);
}
