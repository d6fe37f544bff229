import assert from 'node:assert/strict';
import {
  neededImages,
  pinnedNames,
  type NeededImage,
} from '../../../src/operations/transfer/needed-images.ts';
import { IDENTITY_MAPPING } from '../../../src/resources/mapping.ts';
import { captureManifests, type CapturedManifests } from './captured-manifests.ts';

const DIGEST = `sha256:${'ab'.repeat(32)}`;
const OWNER = (kind: string, name: string, uid: string): string =>
  `ownerReferences: [{apiVersion: apps/v1, kind: ${kind}, name: ${name}, uid: ${uid}, controller: true}]`;
const MANIFESTS = `
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, uid: d1}
spec:
  selector: {matchLabels: {a: b}}
  template:
    metadata: {labels: {a: b}}
    spec:
      initContainers: [{name: i, image: "busybox"}]
      containers: [{name: c, image: "nginx:1.25"}]
      volumes: [{name: v, image: {reference: "quay.io/acme/assets:2"}}]
---
apiVersion: apps/v1
kind: ReplicaSet
metadata: {name: web-1, namespace: shop, uid: r1, ${OWNER('Deployment', 'web', 'd1')}}
spec:
  selector: {matchLabels: {a: b}}
  template: {metadata: {labels: {a: b}}, spec: {containers: [{name: c, image: "nginx:1.19"}]}}
---
apiVersion: v1
kind: Pod
metadata: {name: web-1-x, namespace: shop, uid: p1, ${OWNER('ReplicaSet', 'web-1', 'r1')}}
spec: {containers: [{name: c, image: "docker.io/nginx:1.25"}, {name: side, image: "mesh.io/proxy:3"}]}
status:
  containerStatuses:
  - {name: c, image: "nginx:1.25", imageID: "docker.io/library/nginx@${DIGEST}"}
  - {name: side, image: "mesh.io/proxy:3", imageID: "${DIGEST}"}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: nightly, namespace: jobs}
spec:
  schedule: "@daily"
  jobTemplate: {spec: {template: {spec: {restartPolicy: Never, containers: [{name: c, image: "quay.io/acme/assets:2"}]}}}}
---
apiVersion: stores.example.com/v1
kind: Store
metadata: {name: main, namespace: shop}
spec: {image: "quay.io/acme/store:7", picture: {image: logo}, pod: {containers: [{name: x, image: redis}]}}
`;

describe('the images that objects need', () => {
  let captured: CapturedManifests;
  before(async () => (captured = await captureManifests(MANIFESTS)));
  after(() => captured.remove());

  it('are listed once, complete, with digests and those that use them', async () => {
    const { images, problems } = await neededImages(captured.snapshot, { selections: [] });
    assert.deepEqual(problems, []);
    const expected: NeededImage[] = [
      { image: 'docker.io/library/busybox:latest', digests: [], usedBy: ['shop/deployment.apps/web'] },
      { image: 'docker.io/library/nginx:1.25', digests: [DIGEST], usedBy: ['shop/deployment.apps/web'] },
      {
        image: 'docker.io/library/redis:latest',
        digests: [],
        usedBy: ['shop/store.stores.example.com/main'],
      },
      // Put into the Pod on its way; what the runtime calls it is no digest of a registry.
      { image: 'mesh.io/proxy:3', digests: [], usedBy: ['shop/deployment.apps/web'] },
      {
        image: 'quay.io/acme/assets:2',
        digests: [],
        usedBy: ['jobs/cronjob.batch/nightly', 'shop/deployment.apps/web'],
      },
      { image: 'quay.io/acme/store:7', digests: [], usedBy: ['shop/store.stores.example.com/main'] },
    ];
    assert.deepEqual(images, expected);
  });

  it('are those of the selection, under the names that a mapping gives them', async () => {
    const mapping = { ...IDENTITY_MAPPING, imageRegistries: new Map([['quay.io', 'site.local/quay']]) };
    const { images } = await neededImages(
      captured.snapshot,
      { selections: [], namespace: 'jobs' },
      { mapping },
    );
    assert.deepEqual(images, [
      {
        image: 'quay.io/acme/assets:2',
        mapped: 'site.local/quay/acme/assets:2',
        digests: [],
        usedBy: ['jobs/cronjob.batch/nightly'],
      },
    ]);
  });

  it('can be named by what ran', () => {
    const image = 'docker.io/library/nginx:1.25';
    assert.deepEqual(pinnedNames({ image, digests: [DIGEST] }), [`docker.io/library/nginx@${DIGEST}`]);
    assert.deepEqual(pinnedNames({ image, digests: [] }), [image]);
  });
});
