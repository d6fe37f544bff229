/** Rows of `reference-table.ts`: accounts and their rights, what extends the API server, Events. */
import {
  BY_API_GROUP,
  BY_API_VERSION,
  HERE_OR_THERE,
  PERHAPS,
  THERE,
  type PlaceOptions,
  type PlaceRow,
  type PlaceSection,
} from './reference-place.ts';

const DOCS = 'https://kubernetes.io/docs/reference/kubernetes-api';
const WEBHOOK_ROWS: readonly PlaceRow[] = [
  ['webhooks[].clientConfig.service.name', 'webhook', 'Service', HERE_OR_THERE],
];
const BINDING_ROWS: readonly PlaceRow[] = [
  ['roleRef.name', 'role', BY_API_GROUP],
  [
    'subjects[].name',
    'subject',
    'ServiceAccount',
    { ...HERE_OR_THERE, where: ['kind', 'ServiceAccount'], optional: true },
  ],
  [
    'subjects[].name',
    'subject',
    'ServiceAccount',
    { where: ['kind', 'User'], form: 'account user', optional: true },
  ],
  [
    'subjects[].name',
    'subject',
    'Namespace',
    { where: ['kind', 'Group'], form: 'account group', optional: true },
  ],
];
const EVENT_TARGET: PlaceOptions = { ...THERE, optional: true };

/** Places in objects about access and the API server. */
export const CONTROL_SECTIONS: readonly PlaceSection[] = [
  {
    kinds: ['RoleBinding.rbac.authorization.k8s.io'],
    source: `${DOCS}/authorization-resources/role-binding-v1/`,
    rows: BINDING_ROWS,
  },
  {
    kinds: ['ClusterRoleBinding.rbac.authorization.k8s.io'],
    source: `${DOCS}/authorization-resources/cluster-role-binding-v1/`,
    rows: BINDING_ROWS,
  },
  {
    kinds: ['ServiceAccount'],
    source: `${DOCS}/authentication-resources/service-account-v1/`,
    rows: [
      ['secrets[].name', 'token', 'Secret', PERHAPS],
      ['imagePullSecrets[].name', 'image pull secret', 'Secret', PERHAPS],
    ],
  },
  {
    kinds: ['Secret'],
    source:
      'https://kubernetes.io/docs/reference/labels-annotations-taints/#kubernetes-io-service-account-name',
    rows: [['metadata.annotations[kubernetes.io/service-account.name]', 'service account', 'ServiceAccount']],
  },
  {
    kinds: ['CertificateSigningRequest.certificates.k8s.io'],
    source: `${DOCS}/authentication-resources/certificate-signing-request-v1/`,
    rows: [['spec.username', 'subject', 'ServiceAccount', { form: 'account user', optional: true }]],
  },
  {
    kinds: ['PodCertificateRequest.certificates.k8s.io'],
    base: 'spec',
    source: 'https://kubernetes.io/docs/reference/access-authn-authz/certificate-signing-requests/',
    rows: [
      ['podName', 'subject', 'Pod', PERHAPS],
      ['serviceAccountName', 'service account', 'ServiceAccount', PERHAPS],
      ['nodeName', 'node', 'Node', PERHAPS],
    ],
  },
  {
    kinds: [
      'ValidatingWebhookConfiguration.admissionregistration.k8s.io',
      'MutatingWebhookConfiguration.admissionregistration.k8s.io',
    ],
    source: `${DOCS}/extend-resources/validating-webhook-configuration-v1/`,
    rows: WEBHOOK_ROWS,
  },
  {
    kinds: ['CustomResourceDefinition.apiextensions.k8s.io'],
    source: `${DOCS}/extend-resources/custom-resource-definition-v1/`,
    rows: [['spec.conversion.webhook.clientConfig.service.name', 'webhook', 'Service', HERE_OR_THERE]],
  },
  {
    kinds: ['APIService.apiregistration.k8s.io'],
    source: `${DOCS}/cluster-resources/api-service-v1/`,
    rows: [['spec.service.name', 'API server', 'Service', HERE_OR_THERE]],
  },
  // The kind of the parameters is said by the policy, so only their namespace is known here.
  ...['Validating', 'Mutating'].map((type): PlaceSection => ({
    kinds: [`${type}AdmissionPolicyBinding.admissionregistration.k8s.io`],
    base: 'spec',
    source: `${DOCS}/policy-resources/validating-admission-policy-binding-v1/`,
    rows: [
      ['policyName', 'policy', `${type}AdmissionPolicy.admissionregistration.k8s.io`],
      ['paramRef.namespace', 'parameters', 'Namespace'],
    ],
  })),
  {
    kinds: ['FlowSchema.flowcontrol.apiserver.k8s.io'],
    base: 'spec',
    source: `${DOCS}/cluster-resources/flow-schema-v1/`,
    rows: [
      [
        'priorityLevelConfiguration.name',
        'priority level',
        'PriorityLevelConfiguration.flowcontrol.apiserver.k8s.io',
      ],
      [
        'rules[].subjects[].serviceAccount.name',
        'subject',
        'ServiceAccount',
        { ...HERE_OR_THERE, optional: true },
      ],
    ],
  },
  {
    kinds: ['Event'],
    source: `${DOCS}/cluster-resources/event-v1/`,
    rows: ['involvedObject.name', 'related.name'].map((path): PlaceRow => [
      path,
      'event',
      BY_API_VERSION,
      EVENT_TARGET,
    ]),
  },
  {
    kinds: ['Event.events.k8s.io'],
    source: `${DOCS}/cluster-resources/event-v1/`,
    rows: ['regarding.name', 'related.name'].map((path): PlaceRow => [
      path,
      'event',
      BY_API_VERSION,
      EVENT_TARGET,
    ]),
  },
];
