/** A shop with every place at which its objects name each other, under names that the caller chooses. */
import { DefinitionSchemas } from '../../src/resources/definition-schemas.ts';
import type { JsonObject } from '../../src/resources/json-value.ts';
import { IDENTITY_MAPPING, type Mapping } from '../../src/resources/mapping.ts';
import { MappedSet } from '../../src/resources/mapped-set.ts';
import { identityOf } from '../../src/resources/object-path.ts';
import { jsonFromYaml } from '../../src/resources/yaml-parse.ts';

/** The names in {@link shopObjects}. */
export interface ShopNames {
  readonly namespace: string;
  /** Of the namespace whose Service the shop calls. */
  readonly other: string;
  readonly service: string;
  readonly set: string;
  readonly storageClass: string;
  readonly ingressClass: string;
  readonly host: string;
  /** As it is complete: `quay.io/acme`. */
  readonly registry: string;
}

/** What the examples of tests use. */
const SHOP_NAMES: ShopNames = {
  namespace: 'shop',
  other: 'bank',
  service: 'db',
  set: 'pg',
  storageClass: 'fast',
  ingressClass: 'nginx',
  host: 'shop.example.com',
  registry: 'quay.io/acme',
};

/** Moves the shop: every table of a mapping, no prefix. */
export const MOVED: Mapping = {
  ...IDENTITY_MAPPING,
  namespaces: new Map([
    ['shop', 'shop-two'],
    ['bank', 'vault'],
  ]),
  storageClasses: new Map([['fast', 'standard']]),
  ingressClasses: new Map([['nginx', 'traefik']]),
  hosts: new Map([['.example.com', '.example.net']]),
  imageRegistries: new Map([['quay.io', 'registry.local:5000/quay']]),
};

const DEFINITION = `
apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata: {name: backups.stores.example.com}
spec:
  group: stores.example.com
  scope: Namespaced
  names: {kind: Backup, plural: backups, singular: backup}
  conversion: {strategy: Webhook, webhook: {conversionReviewVersions: [v1], clientConfig: {service: {name: SERVICE, namespace: SPACE}}}}
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
            properties:
              image: {type: string}
              hostname: {type: string}
              url: {type: string}
              targetNamespace: {type: string}
              watchNamespaces: {type: array, items: {type: string}}
              storageClassName: {type: string}
              secretName: {type: string}
              template: {type: object, x-kubernetes-embedded-resource: true, x-kubernetes-preserve-unknown-fields: true}
              labels: {type: object, additionalProperties: {type: string}}
              source:
                type: object
                properties: {kind: {type: string}, name: {type: string}, namespace: {type: string}}
              credentialsSecretRef:
                type: object
                x-kubernetes-map-type: atomic
                properties: {name: {type: string}, key: {type: string}}
`;

const OBJECTS = `
apiVersion: v1
kind: Namespace
metadata: {name: SPACE, labels: {kubernetes.io/metadata.name: SPACE}}
---
apiVersion: v1
kind: Namespace
metadata: {name: OTHER, labels: {kubernetes.io/metadata.name: OTHER}}
---
apiVersion: v1
kind: Service
metadata: {name: SERVICE, namespace: SPACE}
spec: {selector: {app: db}, ports: [{port: 5432}]}
---
apiVersion: v1
kind: Service
metadata: {name: pay, namespace: OTHER}
spec: {type: ExternalName, externalName: SERVICE.SPACE.svc.cluster.local}
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: web, namespace: SPACE}
imagePullSecrets: [{name: creds}]
---
apiVersion: v1
kind: Secret
metadata: {name: creds, namespace: SPACE}
type: Opaque
data: {url: aHR0cDovL2RiLnNob3Auc3ZjLw==}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: settings, namespace: SPACE}
data:
  DB: SERVICE.SPACE.svc
  app.yaml: |
    database: postgres://user@SERVICE.SPACE.svc.cluster.local:5432/x
    public: https://HOST/path
---
apiVersion: apps/v1
kind: StatefulSet
metadata: {name: SET, namespace: SPACE}
spec:
  serviceName: SERVICE
  selector: {matchLabels: {app: db}}
  template:
    metadata: {labels: {app: db}}
    spec:
      containers: [{name: db, image: "REGISTRY/postgres:16@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"}]
  volumeClaimTemplates:
  - metadata: {name: data}
    spec: {storageClassName: CLASS, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: data-SET-0, namespace: SPACE}
spec: {storageClassName: CLASS, volumeName: pv-1, accessModes: [ReadWriteOnce], resources: {requests: {storage: 1Gi}}}
---
apiVersion: v1
kind: PersistentVolume
metadata: {name: pv-1}
spec:
  storageClassName: CLASS
  capacity: {storage: 1Gi}
  accessModes: [ReadWriteOnce]
  hostPath: {path: /x}
  claimRef: {apiVersion: v1, kind: PersistentVolumeClaim, name: data-SET-0, namespace: SPACE}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: SPACE}
spec:
  selector: {matchLabels: {app: web}}
  template:
    metadata: {labels: {app: web}}
    spec:
      serviceAccountName: web
      imagePullSecrets: [{name: creds}]
      initContainers:
      - {name: wait, image: "REGISTRY/wait", args: ["--namespace=SPACE", "--namespace", "OTHER", "pay.OTHER:80"]}
      containers:
      - name: web
        image: REGISTRY/web/front:1.2
        command: [serve, "http://SERVICE:5432/"]
        env:
        - {name: PRIMARY, value: SET-0.SERVICE.SPACE.svc.cluster.local}
        - {name: BROKERS, value: "SERVICE:9092,SET-0.SERVICE:9092"}
        - {name: PAYMENT, value: "http://pay.OTHER.svc/"}
        - {name: APP_NAMESPACE, value: SPACE}
        - {name: BASE, value: "https://HOST/"}
        - {name: PASSWORD, valueFrom: {secretKeyRef: {name: creds, key: url}}}
        envFrom: [{configMapRef: {name: settings}}]
        readinessProbe: {httpGet: {port: 80, httpHeaders: [{name: Host, value: HOST}]}}
      ephemeralContainers: [{name: shell, image: "REGISTRY/shell"}]
      affinity:
        podAffinity:
          requiredDuringSchedulingIgnoredDuringExecution:
          - {topologyKey: zone, namespaces: [SPACE, OTHER], labelSelector: {matchLabels: {app: db}}}
      dnsConfig: {searches: [SPACE.svc.cluster.local]}
      volumes: [{name: s, configMap: {name: settings}}, {name: r, configMap: {name: kube-root-ca.crt}}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: reader, namespace: SPACE}
rules: [{apiGroups: [""], resources: [configmaps], resourceNames: [settings], verbs: [get]}]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: reader, namespace: SPACE}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: reader}
subjects:
- {kind: ServiceAccount, name: web, namespace: SPACE}
- {kind: User, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccount:SPACE:web"}
- {kind: Group, apiGroup: rbac.authorization.k8s.io, name: "system:serviceaccounts:OTHER"}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: ClusterRoleBinding
metadata: {name: shop-view}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: ClusterRole, name: view}
subjects: [{kind: ServiceAccount, name: web, namespace: SPACE}]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: web, namespace: SPACE, annotations: {nginx.ingress.kubernetes.io/auth-url: "http://SERVICE.SPACE.svc:80/"}}
spec:
  ingressClassName: INGRESS
  tls: [{hosts: [HOST], secretName: creds}]
  rules: [{host: HOST, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: SERVICE, port: {number: 80}}}}]}}]
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: web, namespace: SPACE}
spec: {hostnames: [HOST], parentRefs: [{name: edge, namespace: OTHER}], rules: [{backendRefs: [{name: SERVICE, port: 80}]}]}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: web, namespace: SPACE}
spec:
  podSelector: {}
  ingress:
  - from:
    - namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: OTHER}}
    - namespaceSelector: {matchExpressions: [{key: kubernetes.io/metadata.name, operator: In, values: [SPACE, kube-system]}]}
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: limits, namespace: SPACE}
spec: {hard: {CLASS.storageclass.storage.k8s.io/requests.storage: 5Gi, pods: "5"}}
---
apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingWebhookConfiguration
metadata: {name: shop-checks}
webhooks:
- name: a.shop.example.com
  admissionReviewVersions: [v1]
  sideEffects: None
  namespaceSelector: {matchLabels: {kubernetes.io/metadata.name: SPACE}}
  clientConfig: {service: {name: SERVICE, namespace: SPACE, path: /check}}
---
apiVersion: apiregistration.k8s.io/v1
kind: APIService
metadata: {name: v1.metrics.example.com}
spec: {group: metrics.example.com, version: v1, groupPriorityMinimum: 10, versionPriority: 10, service: {name: SERVICE, namespace: SPACE}}
---
apiVersion: stores.example.com/v1
kind: Backup
metadata: {name: nightly, namespace: SPACE}
spec:
  image: REGISTRY/backup:1
  hostname: HOST
  url: https://SERVICE.SPACE.svc:8443/
  targetNamespace: OTHER
  watchNamespaces: [SPACE, OTHER]
  storageClassName: CLASS
  secretName: creds
  labels: {namespace: SPACE}
  source: {namespace: SPACE, kind: Service, name: SERVICE}
  template:
    apiVersion: v1
    kind: Pod
    metadata: {name: job, namespace: SPACE}
    spec: {serviceAccountName: web, containers: [{name: c, image: REGISTRY/job, envFrom: [{secretRef: {name: creds}}]}]}
  credentialsSecretRef: {name: creds, key: url}
`;

/** The objects under these names. */
export function shopObjects(names: ShopNames = SHOP_NAMES): JsonObject[] {
  const words: Readonly<Record<string, string>> = {
    SPACE: names.namespace,
    OTHER: names.other,
    SERVICE: names.service,
    SET: names.set,
    CLASS: names.storageClass,
    INGRESS: names.ingressClass,
    HOST: names.host,
    REGISTRY: names.registry,
  };
  const text = `${DEFINITION}---${OBJECTS}`.replaceAll(/[A-Z]{3,}/g, (word) => words[word] ?? word);
  return jsonFromYaml(text).filter((value) => value instanceof Map);
}

/** What a mapping has to know of `objects`. */
export function knowledgeOf(objects: readonly JsonObject[]): {
  set: MappedSet;
  definitions: DefinitionSchemas;
} {
  const set = new MappedSet();
  const definitions = new DefinitionSchemas();
  for (const object of objects) {
    const identity = identityOf(object);
    if (identity !== undefined) set.add(identity);
    set.addTemplates(object);
    definitions.addDefinition(object);
  }
  return { set, definitions };
}
