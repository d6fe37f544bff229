/** A namespace that leans on its cluster: classes, a definition, accounts, Secrets. */
import { secretsWith } from '../../cli/secret-forms.ts';

/** Namespace of {@link TRAVELLING_SHOP}, and what the tests make of it. */
export const HOME = 'transfer-home';
export const ABROAD = 'transfer-abroad';

/** The Secrets of the shop. */
export const SECRETS = secretsWith('not-to-be-seen', HOME);

/** Cluster-scoped objects that the shop needs and that stay behind. */
export const HOME_CLASSES = `
apiVersion: storage.k8s.io/v1
kind: StorageClass
metadata: {name: transfer-fast}
provisioner: kubernetes.io/no-provisioner
volumeBindingMode: WaitForFirstConsumer
---
apiVersion: scheduling.k8s.io/v1
kind: PriorityClass
metadata: {name: transfer-high}
value: 1000
---
apiVersion: networking.k8s.io/v1
kind: IngressClass
metadata: {name: transfer-nginx}
spec: {controller: example.com/nginx}
---
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: stores.transfer.example.com}
spec:
  group: transfer.example.com
  scope: Namespaced
  names: {kind: Store, plural: stores, singular: store}
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties: {url: {type: string}, targetNamespace: {type: string}, image: {type: string}}
`;

/** What the target lacks for {@link TRAVELLING_SHOP} after the mapping of the test. */
export const ABROAD_CLASSES = HOME_CLASSES.replaceAll('transfer-fast', 'transfer-standard').replaceAll(
  'transfer-nginx',
  'transfer-traefik',
);

/** The shop. */
export const TRAVELLING_SHOP = `
apiVersion: v1
kind: Service
metadata: {name: db, namespace: ${HOME}}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: ${HOME}}
imagePullSecrets: [{name: registry}]
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: ${HOME}}
data:
  DB_URL: postgres://db.${HOME}.svc:5432/
  tenant: ${HOME}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data, namespace: ${HOME}}
spec: {storageClassName: transfer-fast, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: ${HOME}}
rules: [{apiGroups: [""], resources: [configmaps], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: ${HOME}}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects: [{kind: ServiceAccount, name: web, namespace: ${HOME}}]
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: ${HOME}}
spec:
  replicas: 2
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      priorityClassName: transfer-high
      containers:
      - name: web
        image: quay.io/acme/web:1
        env: [{name: DB, value: "db.${HOME}.svc.cluster.local"}]
        envFrom: [{configMapRef: {name: settings}}, {secretRef: {name: plain}}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: ${HOME}}
spec:
  ingressClassName: transfer-nginx
  rules: [{host: shop.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: db, port: {number: 5432}}}}]}}]
---
apiVersion: transfer.example.com/v1
kind: Store
metadata: {name: main, namespace: ${HOME}}
spec: {url: "http://db.${HOME}.svc/", targetNamespace: ${HOME}, image: quay.io/acme/store:2}
`;

/** The mapping of the tests, as a file has it. */
export const TRAVEL_MAPPING = `
namespaces: {${HOME}: ${ABROAD}}
storageClasses: {transfer-fast: transfer-standard}
ingressClasses: {transfer-nginx: transfer-traefik}
hosts: {.example.com: .abroad.example.net}
imageRegistries: {quay.io: registry.abroad.example.net:5000/quay}
`;
