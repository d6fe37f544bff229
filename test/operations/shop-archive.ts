/** A small shop captured twice through the real importer and writer: what most tests of operations work on. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { ArchiveReader, SnapshotReader } from '../../src/format/index.ts';
import { captureSources } from '../../src/operations/capture.ts';
import { openArchiveFile } from '../../src/operations/open-archive.ts';

/** Value of the Secret, as it lies in the manifest. */
export const SECRET_VALUE = Buffer.from('hunter2-of-the-shop').toString('base64');

function deployment(name: string, namespace: string, replicas: number): string {
  return `apiVersion: apps/v1
kind: Deployment
metadata: {name: ${name}, namespace: ${namespace}, creationTimestamp: "2026-01-02T03:04:05Z"}
spec: {replicas: ${replicas}}`;
}

const NAMESPACE = 'apiVersion: v1\nkind: Namespace\nmetadata: {name: shop}';
const SECRET = `apiVersion: v1\nkind: Secret\nmetadata: {name: db, namespace: shop}\ndata: {password: ${SECRET_VALUE}}`;
const ROLE = `apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: "system:shop"}\nrules: []`;
const DEFINITION = `apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: basketcases.shop.example}
spec:
  group: shop.example
  scope: Namespaced
  names: {kind: BasketCase, plural: basketcases, singular: basketcase, shortNames: [bc]}
  versions: [{name: v1, served: true, storage: true}]`;
const CUSTOM =
  'apiVersion: shop.example/v1\nkind: BasketCase\nmetadata: {name: one, namespace: shop}\nspec: {size: 1}';
const CONFIG = (value: string): string =>
  `apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web, namespace: shop}\ndata: {k: ${value}}`;

const COMMON = [NAMESPACE, SECRET, ROLE, DEFINITION, CUSTOM, deployment('web', 'staging', 1)];
/** Manifests of the first snapshot: `web` with two replicas, and a worker. */
export const BEFORE = [...COMMON, deployment('web', 'shop', 2), deployment('worker', 'shop', 1), CONFIG('a')];
/** Of the second: three replicas, no worker, and an `api`. */
export const AFTER = [...COMMON, deployment('web', 'shop', 3), deployment('api', 'shop', 1), CONFIG('a')];

/** The archive, open, in a folder of its own. */
export interface ShopArchive {
  readonly folder: string;
  readonly path: string;
  readonly archive: ArchiveReader;
  readonly before: SnapshotReader;
  readonly after: SnapshotReader;
  remove(): Promise<void>;
}

/** Captures {@link BEFORE} and {@link AFTER}, unencrypted. */
export async function captureShop(): Promise<ShopArchive> {
  const folder = await mkdtemp(join(tmpdir(), 'ptar-shop-'));
  for (const [name, manifests] of [
    ['before', BEFORE],
    ['after', AFTER],
  ] as const) {
    await mkdir(join(folder, name));
    await writeFile(join(folder, name, 'all.yaml'), manifests.join('\n---\n'));
  }
  const path = join(folder, 'shop.ptar');
  await captureSources({
    sources: [`manifests:${folder}/before`, `manifests:${folder}/after`],
    archivePath: path,
    encryption: () => Promise.resolve('plaintext'),
  });
  const archive = await openArchiveFile(path);
  const [before, after] = await archive.snapshots();
  if (before === undefined || after === undefined) throw new Error('two snapshots were captured');
  const remove = async (): Promise<void> => {
    await archive.close();
    await rm(folder, { recursive: true, force: true });
  };
  return { folder, path, archive, before, after, remove };
}
