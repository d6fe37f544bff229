/** Folders to capture, the same in every run: generated manifests, mixed files, tiny objects. */
import { closeSync, mkdirSync, openSync, writeFileSync, writeSync } from 'node:fs';
import path from 'node:path';

/** Numbers that look random (xorshift32) and are the same in every run. */
class Numbers {
  #state: number;

  constructor(seed: number) {
    this.#state = seed >>> 0 || 1;
  }

  /** 0 to 2^32 − 1. */
  next(): number {
    this.#state ^= this.#state << 13;
    this.#state ^= this.#state >>> 17;
    this.#state ^= this.#state << 5;
    return (this.#state >>>= 0);
  }

  below(limit: number): number {
    return this.next() % limit;
  }

  /** Eight hex digits. */
  hex(): string {
    return this.next().toString(16).padStart(8, '0');
  }

  pick(items: readonly string[]): string {
    return items[this.below(items.length)] ?? '';
  }

  uuid(): string {
    const [one, two, three, four] = [this.hex(), this.hex(), this.hex(), this.hex()];
    return `${one}-${two.slice(0, 4)}-4${two.slice(5)}-${three.slice(0, 4)}-${three.slice(4)}${four}`;
  }
}

const APPS = ['web', 'api', 'cache', 'queue', 'worker', 'ingest', 'billing', 'search', 'mail', 'report'];
const TIERS = ['frontend', 'backend', 'data'];
const FILES_PER_FOLDER = 100;
const NAMESPACE_SIZE = 500;

/** Writes `count` manifests of about 1.7 KB in Plakar's layout below `folder`. @returns their bytes in all */
export function writeManifests(folder: string, count: number): number {
  const random = new Numbers(7);
  const kinds = [deployment, pod, service, configMap, secret];
  let size = 0;
  for (let index = 0; index < count; index++) {
    const make = kinds[index % kinds.length] ?? pod;
    const namespace = `team-${Math.floor(index / NAMESPACE_SIZE)}`;
    const name = `${random.pick(APPS)}-${index}`;
    const { group, kind, text } = make(random, namespace, name);
    const directory = path.join(folder, namespace, group, kind, 'v1');
    if (index % NAMESPACE_SIZE < kinds.length) mkdirSync(directory, { recursive: true });
    size += text.length;
    writeFileSync(path.join(directory, `${name}.yaml`), text);
  }
  return size;
}

interface Manifest {
  readonly group: string;
  readonly kind: string;
  readonly text: string;
}

function metadata(random: Numbers, namespace: string, name: string): string {
  const app = name.split('-')[0] ?? '';
  return `metadata:
  name: ${name}
  namespace: ${namespace}
  uid: ${random.uuid()}
  resourceVersion: "${random.below(90_000_000)}"
  creationTimestamp: "2026-${two(1 + random.below(11))}-${two(1 + random.below(28))}T${two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}Z"
  labels:
    app.kubernetes.io/name: ${app}
    app.kubernetes.io/instance: ${name}
    app.kubernetes.io/managed-by: Helm
    tier: ${random.pick(TIERS)}
    pod-template-hash: ${random.hex()}
  annotations:
    meta.helm.sh/release-name: ${app}
    meta.helm.sh/release-namespace: ${namespace}
    checksum/config: ${random.hex()}${random.hex()}${random.hex()}${random.hex()}
`;
}

function two(value: number): string {
  return String(value).padStart(2, '0');
}

function container(random: Numbers, name: string, indent: string): string {
  const app = name.split('-')[0] ?? '';
  return `containers:
- name: ${app}
  image: registry.example.com/shop/${app}:1.${random.below(40)}.${random.below(20)}
  imagePullPolicy: IfNotPresent
  ports:
  - containerPort: ${8000 + random.below(1000)}
    name: http
    protocol: TCP
  env:
  - name: LOG_LEVEL
    value: ${random.pick(['info', 'debug', 'warn'])}
  - name: DATABASE_URL
    valueFrom:
      secretKeyRef:
        name: ${app}-database
        key: url
  livenessProbe:
    httpGet:
      path: /healthz
      port: http
    initialDelaySeconds: ${5 + random.below(30)}
    periodSeconds: 10
  resources:
    limits:
      cpu: ${1 + random.below(8)}00m
      memory: ${1 + random.below(16)}28Mi
    requests:
      cpu: ${1 + random.below(4)}0m
      memory: ${1 + random.below(4)}28Mi
  volumeMounts:
  - mountPath: /etc/${app}
    name: config
    readOnly: true
terminationGracePeriodSeconds: 30
serviceAccountName: ${app}
volumes:
- name: config
  configMap:
    name: ${name}
`.replaceAll(/^(?=.)/gm, indent);
}

function deployment(random: Numbers, namespace: string, name: string): Manifest {
  const replicas = 1 + random.below(9);
  const text = `apiVersion: apps/v1
kind: Deployment
${metadata(random, namespace, name)}spec:
  replicas: ${replicas}
  revisionHistoryLimit: 10
  selector:
    matchLabels:
      app.kubernetes.io/instance: ${name}
  template:
    metadata:
      labels:
        app.kubernetes.io/instance: ${name}
    spec:
${container(random, name, '      ')}status:
  availableReplicas: ${replicas}
  observedGeneration: ${random.below(40)}
  readyReplicas: ${replicas}
`;
  return { group: 'apps', kind: 'Deployment', text };
}

function pod(random: Numbers, namespace: string, name: string): Manifest {
  const text = `apiVersion: v1
kind: Pod
${metadata(random, namespace, name)}spec:
${container(random, name, '  ')}  nodeName: node-${random.below(40)}
status:
  hostIP: 10.0.${random.below(8)}.${random.below(250)}
  phase: Running
  podIP: 10.244.${random.below(250)}.${random.below(250)}
  containerStatuses:
  - containerID: containerd://${random.hex()}${random.hex()}${random.hex()}${random.hex()}
    ready: true
    restartCount: ${random.below(4)}
`;
  return { group: '_', kind: 'Pod', text };
}

function service(random: Numbers, namespace: string, name: string): Manifest {
  const ports = Array.from(
    { length: 4 + random.below(8) },
    (_, index) => `  - name: port-${index}
    port: ${80 + random.below(9000)}
    protocol: TCP
    targetPort: ${8000 + random.below(1000)}
`,
  );
  const text = `apiVersion: v1
kind: Service
${metadata(random, namespace, name)}spec:
  clusterIP: 10.96.${random.below(250)}.${random.below(250)}
  internalTrafficPolicy: Cluster
  ipFamilies:
  - IPv4
  ports:
${ports.join('')}  selector:
    app.kubernetes.io/instance: ${name}
  sessionAffinity: None
  type: ClusterIP
status:
  loadBalancer: {}
`;
  return { group: '_', kind: 'Service', text };
}

function configMap(random: Numbers, namespace: string, name: string): Manifest {
  const lines = Array.from(
    { length: 30 + random.below(20) },
    (_, index) =>
      `    ${random.pick(APPS)}.${random.pick(['timeout', 'retries', 'url', 'level', 'size'])}.${index} = ${random.below(100_000)}`,
  );
  const text = `apiVersion: v1
kind: ConfigMap
${metadata(random, namespace, name)}data:
  application.properties: |
${lines.join('\n')}
`;
  return { group: '_', kind: 'ConfigMap', text };
}

function secret(random: Numbers, namespace: string, name: string): Manifest {
  const values = Array.from({ length: 6 }, (_, index) => {
    const bytes = Buffer.alloc(64);
    for (let at = 0; at < bytes.length; at += 4) bytes.writeUInt32LE(random.next(), at);
    return `  key-${index}: ${bytes.toString('base64')}`;
  });
  const text = `apiVersion: v1
kind: Secret
${metadata(random, namespace, name)}data:
${values.join('\n')}
type: Opaque
`;
  return { group: '_', kind: 'Secret', text };
}

const BLOCK_SIZE = 1 << 20;

/**
 * Writes files of `size` bytes in all below `folder`: logs, which compress, noise, which does not, and every tenth file once more; from
 * 4 KiB to 64 MiB each.
 */
export function writeMixedFiles(folder: string, size: number): number {
  const random = new Numbers(11);
  mkdirSync(folder, { recursive: true });
  let written = 0;
  for (let index = 0; written < size; index++) {
    const wanted = Math.min(size - written, 4096 * 2 ** random.below(15) + random.below(4096));
    const seed = random.next();
    const write = index % 3 === 2 ? noise : log;
    for (let copy = 0; copy < (index % 10 === 0 ? 2 : 1); copy++) {
      const file = openSync(path.join(folder, `file-${index}-${copy}`), 'w');
      const content = new Numbers(seed);
      for (let done = 0; done < wanted;) {
        done += writeSync(file, write(content), 0, Math.min(BLOCK_SIZE, wanted - done));
      }
      closeSync(file);
      written += wanted;
    }
  }
  return written;
}

const noiseBlock = new Uint32Array(BLOCK_SIZE / 4);

function noise(random: Numbers): Uint8Array {
  for (let at = 0; at < noiseBlock.length; at++) noiseBlock[at] = random.next();
  return new Uint8Array(noiseBlock.buffer);
}

function log(random: Numbers): Uint8Array {
  const lines: string[] = [];
  let length = 0;
  while (length < BLOCK_SIZE) {
    const line = `2026-11-21T${two(random.below(24))}:${two(random.below(60))}:${two(random.below(60))}.${random.below(1000)}Z ${random.pick(['INFO', 'WARN', 'DEBUG'])} ${random.pick(APPS)} request id=${random.hex()}${random.hex()} status=${200 + random.below(300)} duration=${random.below(90_000)}us path=/v1/${random.pick(APPS)}/${random.below(10_000)}\n`;
    lines.push(line);
    length += line.length;
  }
  return Buffer.from(lines.join(''));
}

/** Writes `count` files of about 85 bytes below `folder`. @returns their bytes in all */
export function writeTinyObjects(folder: string, count: number): number {
  const random = new Numbers(13);
  let size = 0;
  for (let index = 0; index < count; index++) {
    const directory = path.join(
      folder,
      `ns-${Math.floor(index / 10_000)}`,
      String(Math.floor(index / FILES_PER_FOLDER)),
    );
    if (index % FILES_PER_FOLDER === 0) mkdirSync(directory, { recursive: true });
    const text = `kind: Event\nname: event-${index}\nuid: ${random.uuid()}\ncount: ${random.below(1000)}\n`;
    size += text.length;
    writeFileSync(path.join(directory, `event-${index}.yaml`), text);
  }
  return size;
}
