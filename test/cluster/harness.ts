/**
 * A real Kubernetes control plane for tests: etcd, API server, controller manager and scheduler on 127.0.0.1 with TLS, client
 * certificates and RBAC; with kwok also a node whose pods go through their life without being run. Up in seconds.
 */
import { mkdir, rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import {
  apiServerArguments,
  controllerManagerArguments,
  etcdArguments,
  kwokArguments,
  localUrl,
  PORT_COUNT,
  type Ports,
  portsFrom,
  schedulerArguments,
} from './arguments.ts';
import { binaryOf, buildTestCluster, runTool } from './binary.ts';
import { Component, COMPONENT_NAMES, type ComponentName, runningPid } from './component.ts';
import { Credentials } from './credentials.ts';
import { answersOk, freePorts, waitUntil } from './readiness.ts';

/** What to start. */
export interface ClusterOptions {
  /** Logs, pid files, keys, kubeconfigs and etcd's data; made where it is not there. A second start continues with the same data. */
  readonly directory: string;
  /** The API server's port; the next {@link PORT_COUNT} are used. Free ones are picked where not given. */
  readonly port?: number;
  /** Adds a node, {@link NODE_NAME}, that kwok pretends. */
  readonly kwok?: boolean;
  /** Appended to the API server's command line: `--audit-policy-file=…`. */
  readonly apiserverFlags?: readonly string[];
  /** etcd's data, restored from a snapshot for instance. Below `directory` where not given. */
  readonly etcdDirectory?: string;
  /** The cluster outlives this process. Otherwise it ends with it, however it ends. */
  readonly detached?: boolean;
}

/** How to reach etcd; paths of PEM files. */
export interface EtcdAccess {
  readonly endpoint: string;
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
}

/** The node of a cluster with kwok. */
export const NODE_NAME = 'node-1';

const READY_LIMIT_MS = 60_000;
const API_SERVER_POLITE_MS = 1_000;

/**
 * Starts a cluster and waits until a Pod could be created in it.
 * @throws Error with the end of the log of the component that did not get ready; nothing is left running then
 */
export async function startCluster(options: ClusterOptions): Promise<TestCluster> {
  const directory = path.resolve(options.directory);
  for (const name of COMPONENT_NAMES) {
    const pid = await runningPid(directory, name);
    if (pid !== undefined) throw new Error(`${name} (${String(pid)}) runs in ${directory}: stop it first`);
  }
  await mkdir(directory, { recursive: true, mode: 0o700 });
  await buildTestCluster();
  const [credentials, firstPort] = await Promise.all([
    Credentials.create(path.join(directory, 'pki')),
    options.port ?? freePorts(PORT_COUNT),
  ]);
  const cluster = new TestCluster({ ...options, directory }, credentials, portsFrom(firstPort));
  try {
    await cluster.start();
  } catch (error) {
    await cluster.stop();
    throw error;
  }
  return cluster;
}

/** A cluster that {@link startCluster} started. */
export class TestCluster {
  readonly directory: string;
  /** URL of the API server. */
  readonly server: string;
  /** Path of the administrator's kubeconfig. */
  readonly kubeconfig: string;
  readonly etcd: EtcdAccess;
  readonly #options: ClusterOptions;
  readonly #credentials: Credentials;
  readonly #ports: Ports;
  readonly #components = new Map<ComponentName, Component>();

  constructor(options: ClusterOptions, credentials: Credentials, ports: Ports) {
    this.#options = options;
    this.#credentials = credentials;
    this.#ports = ports;
    this.directory = options.directory;
    this.server = localUrl(ports.apiServer);
    this.kubeconfig = path.join(options.directory, 'admin.kubeconfig');
    this.etcd = {
      endpoint: localUrl(ports.etcd),
      caFile: credentials.path('ca.crt'),
      certFile: credentials.path('etcd-client.crt'),
      keyFile: credentials.path('etcd-client.key'),
    };
  }

  /** Starts every component, each when what it needs is ready. Called by {@link startCluster}. */
  async start(): Promise<void> {
    await this.#startEtcd();
    await this.#credentials.writeKubeconfig(this.kubeconfig, this.server, 'admin');
    await this.startApiServer();
    const [controllerManager] = await Promise.all([this.#startControllerManager(), this.#startScheduler()]);
    if (this.#options.kwok === true) await this.#startKwok();
    // Until it is there no Pod is admitted, and its namespace is made by the API server a moment after readyz.
    await waitUntil('the default ServiceAccount', controllerManager, READY_LIMIT_MS, async () => {
      await this.kubectl(['get', 'serviceaccount', 'default', '--namespace=default', '--output=name']);
      return true;
    });
  }

  /** Runs kubectl as the administrator. @returns its stdout @throws ToolError with its stderr */
  kubectl(args: readonly string[], stdin?: string): Promise<string> {
    const cache = `--cache-dir=${path.join(this.directory, 'kubectl-cache')}`;
    return runTool(
      'kubectl',
      [`--kubeconfig=${this.kubeconfig}`, cache, ...args],
      stdin === undefined ? {} : { stdin },
    );
  }

  /** Runs etcdctl against the cluster's etcd. @returns its stdout @throws ToolError with its stderr */
  etcdctl(args: readonly string[]): Promise<string> {
    const { endpoint, caFile, certFile, keyFile } = this.etcd;
    const access = [
      `--endpoints=${endpoint}`,
      `--cacert=${caFile}`,
      `--cert=${certFile}`,
      `--key=${keyFile}`,
    ];
    return runTool('etcdctl', [...access, ...args]);
  }

  /** A kubeconfig for a user without any rights but those that RBAC gives the user or the groups. @returns its path */
  async kubeconfigFor(user: string, groups: readonly string[] = []): Promise<string> {
    const name = await this.#credentials.issueUser(user, groups);
    return this.#credentials.writeKubeconfig(
      path.join(this.directory, 'users', `${name}.kubeconfig`),
      this.server,
      name,
    );
  }

  /** Starts the API server and waits until it is ready. */
  async startApiServer(): Promise<void> {
    const apiServer = await this.#start('kube-apiserver', [
      ...apiServerArguments(this.#ports, this.#credentials),
      ...(this.#options.apiserverFlags ?? []),
    ]);
    const tls = await this.#credentials.tls('admin');
    await waitUntil('the API server', apiServer, READY_LIMIT_MS, () =>
      answersOk(`${this.server}/readyz`, tls),
    );
  }

  /** Stops only the API server; everything else waits for it to come back. */
  async stopApiServer(): Promise<void> {
    // It holds nothing that it could lose, but politely it would wait for every watch to end.
    await this.#components.get('kube-apiserver')?.stop(API_SERVER_POLITE_MS);
    this.#components.delete('kube-apiserver');
  }

  /** Stops every component. The directory stays. */
  async stop(): Promise<void> {
    for (const name of COMPONENT_NAMES) {
      await this.#components.get(name)?.stop();
      this.#components.delete(name);
    }
  }

  /** Stops every component and removes the directory. */
  async remove(): Promise<void> {
    await this.stop();
    await rm(this.directory, { recursive: true, force: true });
  }

  async #startEtcd(): Promise<void> {
    const data = path.resolve(this.#options.etcdDirectory ?? path.join(this.directory, 'etcd'));
    const etcd = await this.#start('etcd', etcdArguments(data, this.#ports, this.#credentials));
    const tls = await this.#credentials.tls('etcd-client');
    await waitUntil('etcd', etcd, READY_LIMIT_MS, () => answersOk(`${this.etcd.endpoint}/health`, tls));
  }

  async #startControllerManager(): Promise<Component> {
    const kubeconfig = await this.#componentKubeconfig('kube-controller-manager');
    return this.#start(
      'kube-controller-manager',
      controllerManagerArguments(kubeconfig, this.#ports, this.#credentials),
    );
  }

  async #startScheduler(): Promise<Component> {
    const kubeconfig = await this.#componentKubeconfig('kube-scheduler');
    return this.#start('kube-scheduler', schedulerArguments(kubeconfig, this.#ports));
  }

  async #startKwok(): Promise<void> {
    const stages = path.join(this.directory, 'kwok-stages.yaml');
    await writeFile(stages, await runTool('kwok-stages', []));
    const kwok = await this.#start('kwok', kwokArguments(this.kubeconfig, stages, this.#ports));
    const node = { apiVersion: 'v1', kind: 'Node', metadata: { name: NODE_NAME, labels: { type: 'kwok' } } };
    await this.kubectl(['apply', '--filename=-'], JSON.stringify(node));
    await waitUntil('the node', kwok, READY_LIMIT_MS, async () => {
      const ready = '--output=jsonpath={.status.conditions[?(@.type=="Ready")].status}';
      return (await this.kubectl(['get', 'node', NODE_NAME, ready])) === 'True';
    });
  }

  #componentKubeconfig(name: ComponentName): Promise<string> {
    return this.#credentials.writeKubeconfig(
      path.join(this.directory, `${name}.kubeconfig`),
      this.server,
      name,
    );
  }

  async #start(name: ComponentName, args: readonly string[]): Promise<Component> {
    const component = await Component.start(name, {
      binary: await binaryOf(name),
      args,
      directory: this.directory,
      detached: this.#options.detached ?? false,
    });
    this.#components.set(name, component);
    return component;
  }
}
