/**
 * What the API server fills in where a field is missing, in the notation of {@link SCHEMA_TABLE}: a type a line, its fields, each with
 * `>Type` where the schema table does not say it, or `:=` and the value as JSON.
 *
 * Source: the `defaults.go` of k8s.io/kubernetes v1.36.3, pkg/apis/GROUP/VERSION, and of k8s.io/apiextensions-apiserver.
 */
import { stringAt, valueAt, type JsonObject, type JsonValue } from './json-value.ts';

/** See the head of this file. */
export const DEFAULT_TABLE = `
admissionregistration.v1.MutatingWebhook failurePolicy:="Fail" matchPolicy:="Equivalent" namespaceSelector:={} objectSelector:={} timeoutSeconds:=10 reinvocationPolicy:="Never" rules[]>admissionregistration.v1.RuleWithOperations clientConfig>admissionregistration.v1.WebhookClientConfig
admissionregistration.v1.RuleWithOperations scope:="*"
admissionregistration.v1.ServiceReference port:=443
admissionregistration.v1.MatchResources matchPolicy:="Equivalent" namespaceSelector:={} objectSelector:={} resourceRules[]>admissionregistration.v1.RuleWithOperations excludeResourceRules[]>admissionregistration.v1.RuleWithOperations
admissionregistration.v1.MutatingAdmissionPolicySpec failurePolicy:="Fail" matchConstraints>admissionregistration.v1.MatchResources
admissionregistration.v1.ValidatingAdmissionPolicySpec failurePolicy:="Fail" matchConstraints>admissionregistration.v1.MatchResources
admissionregistration.v1.ValidatingAdmissionPolicyBindingSpec matchResources>admissionregistration.v1.MatchResources
admissionregistration.v1.ValidatingWebhook failurePolicy:="Fail" matchPolicy:="Equivalent" namespaceSelector:={} objectSelector:={} timeoutSeconds:=10 rules[]>admissionregistration.v1.RuleWithOperations clientConfig>admissionregistration.v1.WebhookClientConfig
admissionregistration.v1.WebhookClientConfig service>admissionregistration.v1.ServiceReference
apiextensions.v1.CustomResourceConversion webhook>apiextensions.v1.WebhookConversion
apiextensions.v1.CustomResourceDefinitionNames
apiextensions.v1.CustomResourceDefinitionSpec names>apiextensions.v1.CustomResourceDefinitionNames conversion:={"strategy":"None"} conversion>apiextensions.v1.CustomResourceConversion
apiextensions.v1.ServiceReference port:=443
apiextensions.v1.WebhookClientConfig service>apiextensions.v1.ServiceReference
apiextensions.v1.WebhookConversion clientConfig>apiextensions.v1.WebhookClientConfig
apps.v1.DaemonSetSpec revisionHistoryLimit:=10 updateStrategy:={} updateStrategy>apps.v1.DaemonSetUpdateStrategy
apps.v1.DaemonSetUpdateStrategy type:="RollingUpdate" rollingUpdate>apps.v1.RollingUpdateDaemonSet
apps.v1.RollingUpdateDaemonSet maxSurge:=0 maxUnavailable:=1
apps.v1.DeploymentSpec minReadySeconds:=0 paused:=false replicas:=1 revisionHistoryLimit:=10 progressDeadlineSeconds:=600 strategy:={} strategy>apps.v1.DeploymentStrategy
apps.v1.DeploymentStrategy type:="RollingUpdate" rollingUpdate>apps.v1.RollingUpdateDeployment
apps.v1.RollingUpdateDeployment maxSurge:="25%" maxUnavailable:="25%"
apps.v1.ReplicaSetSpec replicas:=1
apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy whenDeleted:="Retain" whenScaled:="Retain"
apps.v1.StatefulSetSpec replicas:=1 revisionHistoryLimit:=10 podManagementPolicy:="OrderedReady" updateStrategy:={} updateStrategy>apps.v1.StatefulSetUpdateStrategy persistentVolumeClaimRetentionPolicy:={} persistentVolumeClaimRetentionPolicy>apps.v1.StatefulSetPersistentVolumeClaimRetentionPolicy
apps.v1.StatefulSetUpdateStrategy type:="RollingUpdate" rollingUpdate>apps.v1.RollingUpdateStatefulSetStrategy
apps.v1.RollingUpdateStatefulSetStrategy partition:=0 maxUnavailable:=1
autoscaling.v2.HorizontalPodAutoscalerSpec minReplicas:=1
batch.v1.CronJobSpec concurrencyPolicy:="Allow" suspend:=false successfulJobsHistoryLimit:=3 failedJobsHistoryLimit:=1
batch.v1.JobTemplateSpec metadata:={}
batch.v1.JobSpec completions:=1 parallelism:=1 backoffLimit:=6 completionMode:="NonIndexed" suspend:=false manualSelector:=false podReplacementPolicy:="TerminatingOrFailed"
core.v1.ConfigMapVolumeSource defaultMode:=420
core.v1.Container stdin:=false stdinOnce:=false tty:=false volumeMounts[mountPath]>core.v1.VolumeMount terminationMessagePath:="/dev/termination-log" terminationMessagePolicy:="File" resources:={} livenessProbe>core.v1.Probe readinessProbe>core.v1.Probe startupProbe>core.v1.Probe lifecycle>core.v1.Lifecycle ports[containerPort,protocol=TCP]>core.v1.ContainerPort
core.v1.ContainerPort protocol:="TCP"
core.v1.DownwardAPIVolumeFile fieldRef>core.v1.ObjectFieldSelector
core.v1.DownwardAPIVolumeSource defaultMode:=420
core.v1.EnvVar value:=""
core.v1.EnvVarSource fieldRef>core.v1.ObjectFieldSelector
core.v1.EphemeralContainer terminationMessagePath:="/dev/termination-log" terminationMessagePolicy:="File" resources:={}
core.v1.GRPCAction service:=""
core.v1.HTTPGetAction path:="/" scheme:="HTTP"
core.v1.HostPathVolumeSource type:=""
core.v1.ISCSIVolumeSource iscsiInterface:="default"
core.v1.Lifecycle postStart>core.v1.LifecycleHandler preStop>core.v1.LifecycleHandler
core.v1.LifecycleHandler httpGet>core.v1.HTTPGetAction
core.v1.ObjectFieldSelector apiVersion:="v1"
core.v1.PersistentVolumeClaim apiVersion:="v1" kind:="PersistentVolumeClaim" status:={"phase":"Pending"} metadata>meta.v1.ObjectMeta spec>core.v1.PersistentVolumeClaimSpec
core.v1.PersistentVolumeClaimSpec volumeMode:="Filesystem"
core.v1.PersistentVolumeSpec volumeMode:="Filesystem" persistentVolumeReclaimPolicy:="Retain"
core.v1.PodSpec dnsPolicy:="ClusterFirst" restartPolicy:="Always" securityContext:={} terminationGracePeriodSeconds:=30 schedulerName:="default-scheduler" hostNetwork:=false hostPID:=false hostIPC:=false enableServiceLinks:=true
core.v1.PodTemplateSpec metadata:={}
core.v1.Probe initialDelaySeconds:=0 timeoutSeconds:=1 periodSeconds:=10 successThreshold:=1 failureThreshold:=3 httpGet>core.v1.HTTPGetAction grpc>core.v1.GRPCAction
core.v1.ProjectedVolumeSource defaultMode:=420
core.v1.RBDVolumeSource pool:="rbd" user:="admin" keyring:="/etc/ceph/keyring"
core.v1.SecretVolumeSource defaultMode:=420
core.v1.ServiceAccountTokenProjection expirationSeconds:=3600
core.v1.ServicePort protocol:="TCP"
core.v1.ServiceSpec publishNotReadyAddresses:=false type:="ClusterIP" sessionAffinity:="None" internalTrafficPolicy:="Cluster" ports[port,protocol=TCP]>core.v1.ServicePort
core.v1.Volume configMap>core.v1.ConfigMapVolumeSource secret>core.v1.SecretVolumeSource hostPath>core.v1.HostPathVolumeSource iscsi>core.v1.ISCSIVolumeSource rbd>core.v1.RBDVolumeSource
core.v1.VolumeMount readOnly:=false
core.v1.VolumeProjection serviceAccountToken>core.v1.ServiceAccountTokenProjection
networking.v1.NetworkPolicyEgressRule ports[]>networking.v1.NetworkPolicyPort
networking.v1.NetworkPolicyIngressRule ports[]>networking.v1.NetworkPolicyPort
networking.v1.NetworkPolicyPort protocol:="TCP"
networking.v1.NetworkPolicySpec egress[]>networking.v1.NetworkPolicyEgressRule ingress[]>networking.v1.NetworkPolicyIngressRule
networking.k8s.io/v1/NetworkPolicy spec>networking.v1.NetworkPolicySpec
rbac.v1.RoleRef apiGroup:="rbac.authorization.k8s.io"
rbac.authorization.k8s.io/v1/ClusterRoleBinding roleRef>rbac.v1.RoleRef subjects[]>rbac.v1.Subject
rbac.authorization.k8s.io/v1/RoleBinding roleRef>rbac.v1.RoleRef subjects[]>rbac.v1.Subject
rbac.v1.Subject
scheduling.k8s.io/v1/PriorityClass preemptionPolicy:="PreemptLowerPriority" globalDefault:=false
storage.k8s.io/v1/StorageClass reclaimPolicy:="Delete" volumeBindingMode:="Immediate"
storage.k8s.io/v1/CSIDriver spec>storage.v1.CSIDriverSpec
storage.v1.CSIDriverSpec attachRequired:=true podInfoOnMount:=false storageCapacity:=false fsGroupPolicy:="ReadWriteOnceWithFSType" requiresRepublish:=false seLinuxMount:=false
v1/ConfigMap data:={}
v1/Secret type:="Opaque"
`;

const pullPolicy = (container: JsonObject): JsonValue => {
  const image = stringAt(container, 'image') ?? '';
  const tag = /:([^:/@]+)$/.exec(image.replace(/@.*/, ''))?.[1];
  return (tag ?? (image.includes('@') ? '' : 'latest')) === 'latest' ? 'Always' : 'IfNotPresent';
};
const isExternal = (service: JsonObject): boolean =>
  /^(?:NodePort|LoadBalancer)$/.test(stringAt(service, 'type') ?? '');

/** Defaults that follow from other fields of the same object, by `Type field`; undefined where there is none. */
export const DERIVED_DEFAULTS: Readonly<Record<string, (object: JsonObject) => JsonValue | undefined>> = {
  'apiextensions.v1.CustomResourceDefinitionNames listKind': (names) =>
    `${stringAt(names, 'kind') ?? ''}List`,
  'apiextensions.v1.CustomResourceDefinitionNames singular': (names) =>
    (stringAt(names, 'kind') ?? '').toLowerCase(),
  // A strategy of another type has none, so that only the one of this type can be there.
  'apps.v1.DaemonSetUpdateStrategy rollingUpdate': () => new Map(),
  'apps.v1.DeploymentStrategy rollingUpdate': () => new Map(),
  'apps.v1.StatefulSetUpdateStrategy rollingUpdate': () => new Map(),
  'core.v1.Container imagePullPolicy': pullPolicy,
  'core.v1.EphemeralContainer imagePullPolicy': pullPolicy,
  'core.v1.PodSpec serviceAccount': (spec) => spec.get('serviceAccountName'),
  'core.v1.ServicePort targetPort': (port) => port.get('port'),
  'core.v1.ServiceSpec allocateLoadBalancerNodePorts': (service) =>
    stringAt(service, 'type') === 'LoadBalancer' ? true : undefined,
  'core.v1.ServiceSpec clusterIPs': (service) => {
    const address = service.get('clusterIP');
    return address === undefined ? undefined : [address];
  },
  'core.v1.ServiceSpec externalTrafficPolicy': (service) => (isExternal(service) ? 'Cluster' : undefined),
  'networking.v1.NetworkPolicySpec policyTypes': (spec) =>
    valueAt(spec, 'egress', 0) === undefined ? ['Ingress'] : ['Ingress', 'Egress'],
  'rbac.v1.Subject apiGroup': (subject) =>
    stringAt(subject, 'kind') === 'ServiceAccount' ? '' : 'rbac.authorization.k8s.io',
};
