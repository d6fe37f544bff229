/** Admission that stands in the way of restores, and definitions of custom kinds. */
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:https';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestCluster } from '../../cluster/harness.ts';
import type { RestoreScene } from './restore-scene.ts';

const ADMISSION = '/apis/admissionregistration.k8s.io/v1';

/** A CustomResourceDefinition. Without a schema it takes any object and drops every field. */
export function definition(
  group: string,
  kind: string,
  plural: string,
  { schema = { type: 'object' }, hasStatus = false }: { schema?: object; hasStatus?: boolean } = {},
): object {
  return {
    apiVersion: 'apiextensions.k8s.io/v1',
    kind: 'CustomResourceDefinition',
    metadata: { name: `${plural}.${group}` },
    spec: {
      group,
      scope: 'Namespaced',
      names: { plural, kind, singular: kind.toLowerCase(), listKind: `${kind}List` },
      versions: [
        {
          name: 'v1',
          served: true,
          storage: true,
          schema: { openAPIV3Schema: schema },
          ...(hasStatus && { subresources: { status: {} } }),
        },
      ],
    },
  };
}

interface Review {
  readonly request: { readonly uid: string; readonly dryRun?: boolean };
}

/** A webhook that denies under /deny, and dry runs under /no-dry-run. */
export async function startWebhook(cluster: TestCluster): Promise<Server> {
  const pki = path.join(cluster.directory, 'pki');
  const [cert, key] = await Promise.all(
    ['kube-apiserver.crt', 'kube-apiserver.key'].map((name) => readFile(path.join(pki, name))),
  );
  const server = createServer({ cert, key }, (request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { request: asked } = JSON.parse(Buffer.concat(chunks).toString()) as Review;
      const isAllowed = request.url?.startsWith('/no-dry-run') === true && asked.dryRun !== true;
      const message = request.url?.startsWith('/deny') === true ? 'never' : 'this webhook takes no dry run';
      const answer = {
        apiVersion: 'admission.k8s.io/v1',
        kind: 'AdmissionReview',
        response: { uid: asked.uid, allowed: isAllowed, ...(isAllowed ? {} : { status: { message } }) },
      };
      response.setHeader('content-type', 'application/json').end(JSON.stringify(answer));
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return server;
}

/**
 * Makes the webhook at `port`, one that nobody serves, and a policy act on ConfigMaps by their label `hook`: `deny`, `no-dry-run`,
 * `broken`, `policy`. Resolves when they do.
 * @param namespace for trying
 */
export async function admit(
  cluster: TestCluster,
  scene: RestoreScene,
  port: number,
  namespace: string,
): Promise<void> {
  const ca = (await readFile(path.join(cluster.directory, 'pki', 'ca.crt'))).toString('base64');
  const hook = (name: string, url: string): object => ({
    name: `${name}.hooks.example.com`,
    admissionReviewVersions: ['v1'],
    sideEffects: 'NoneOnDryRun',
    failurePolicy: 'Fail',
    timeoutSeconds: 2,
    clientConfig: { url, caBundle: ca },
    objectSelector: { matchLabels: { hook: name } },
    rules: [{ apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] }],
  });
  await scene.create(`${ADMISSION}/validatingwebhookconfigurations`, {
    metadata: { name: 'plan-hooks' },
    webhooks: [
      hook('deny', `https://127.0.0.1:${port}/deny`),
      hook('no-dry-run', `https://127.0.0.1:${port}/no-dry-run`),
      hook('broken', 'https://127.0.0.1:9/broken'),
    ],
  });
  await scene.create(`${ADMISSION}/validatingadmissionpolicies`, {
    metadata: { name: 'plan-policy' },
    spec: {
      matchConstraints: {
        objectSelector: { matchLabels: { hook: 'policy' } },
        resourceRules: [
          { apiGroups: [''], apiVersions: ['v1'], resources: ['configmaps'], operations: ['CREATE'] },
        ],
      },
      validations: [{ expression: 'false', message: 'not here' }],
    },
  });
  await scene.create(`${ADMISSION}/validatingadmissionpolicybindings`, {
    metadata: { name: 'plan-policy' },
    spec: { policyName: 'plan-policy', validationActions: ['Deny'] },
  });
  // Admission learns of them by watching.
  for (const value of ['deny', 'broken', 'policy']) {
    for (let attempt = 0; ; attempt++) {
      const probe = { metadata: { name: `probe-${value}`, labels: { hook: value } } };
      const refused = await scene.client
        .text({
          method: 'POST',
          path: `/api/v1/namespaces/${namespace}/configmaps?dryRun=All`,
          body: JSON.stringify(probe),
        })
        .then(
          () => false,
          () => true,
        );
      if (refused) break;
      assert.ok(attempt < 200, `${value} never acts`);
      await sleep(100);
    }
  }
}
