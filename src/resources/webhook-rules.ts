/**
 * Which webhooks the API server asks before it creates an object.
 *
 * Source: https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#matching-requests-rules
 */
import { arrayAt, objectAt, stringAt, type JsonObject, type JsonValue } from './json-value.ts';
import { labelSelectorFrom, matchesLabels } from './label-selector.ts';

/** Where a webhook is served. */
export interface WebhookService {
  readonly namespace: string;
  readonly name: string;
}

/** A webhook of a configuration. */
export interface Webhook {
  /** `validate.gatekeeper.sh` */
  readonly name: string;
  /** Of its configuration. */
  readonly kind: string;
  readonly configuration: string;
  /** Undefined where it is called by its URL. */
  readonly service: WebhookService | undefined;
  /** A request fails where it cannot be called. */
  readonly isRequired: boolean;
  /** It has conditions (CEL) besides its rules. */
  readonly isConditional: boolean;
  readonly spec: JsonObject;
}

/** An object that is to be created. */
export interface CreatedObject {
  readonly group: string;
  readonly version: string;
  readonly plural: string;
  /** Undefined for cluster-scoped objects. */
  readonly namespace: string | undefined;
  readonly labels: ReadonlyMap<string, string>;
  /** Of its namespace; a Namespace is its own. Empty for other cluster-scoped objects. */
  readonly namespaceLabels: ReadonlyMap<string, string>;
}

const ADMISSION = 'admissionregistration.k8s.io';
/** Nobody is asked about these: a webhook could lock itself in. */
const EXEMPT = new Set(['validatingwebhookconfigurations', 'mutatingwebhookconfigurations']);

/** The webhooks of a ValidatingWebhookConfiguration or a MutatingWebhookConfiguration. */
export function webhooksOf(configuration: JsonObject): Webhook[] {
  return arrayAt(configuration, 'webhooks').flatMap((spec) => {
    if (!(spec instanceof Map)) return [];
    const service = objectAt(spec, 'clientConfig', 'service');
    return {
      name: stringAt(spec, 'name') ?? '',
      kind: stringAt(configuration, 'kind') ?? '',
      configuration: stringAt(configuration, 'metadata', 'name') ?? '',
      service: service && {
        namespace: stringAt(service, 'namespace') ?? '',
        name: stringAt(service, 'name') ?? '',
      },
      isRequired: stringAt(spec, 'failurePolicy') !== 'Ignore',
      isConditional: arrayAt(spec, 'matchConditions').length > 0,
      spec,
    };
  });
}

/** True where a webhook is asked before `object` is created, as far as rules and selectors say. */
export function isAskedAbout({ spec }: Webhook, object: CreatedObject): boolean {
  if (object.group === ADMISSION && EXEMPT.has(object.plural)) return false;
  const isExact = stringAt(spec, 'matchPolicy') === 'Exact';
  if (!arrayAt(spec, 'rules').some((rule) => isRuleFor(rule, object, isExact))) return false;
  if (!isSelected(spec, 'objectSelector', object.labels)) return false;
  const isNamespace = object.group === '' && object.plural === 'namespaces';
  if (object.namespace === undefined && !isNamespace) return true;
  return isSelected(spec, 'namespaceSelector', object.namespaceLabels);
}

function isSelected(
  spec: JsonObject,
  field: 'objectSelector' | 'namespaceSelector',
  labels: ReadonlyMap<string, string>,
): boolean {
  return matchesLabels(labelSelectorFrom(objectAt(spec, field) ?? new Map<string, JsonValue>()), labels);
}

/** Another version is converted to the one that a rule names, unless the webhook wants exactly that. */
function isRuleFor(rule: JsonValue, object: CreatedObject, isExact: boolean): boolean {
  const scope = stringAt(rule, 'scope') ?? '*';
  if (scope !== '*' && (scope === 'Namespaced') !== (object.namespace !== undefined)) return false;
  const includes = (field: string, name: string): boolean =>
    arrayAt(rule, field).some((one) => one === '*' || one === name);
  const resources = arrayAt(rule, 'resources');
  return (
    includes('operations', 'CREATE') &&
    includes('apiGroups', object.group) &&
    (!isExact || includes('apiVersions', object.version)) &&
    // Whatever subresource means none, too.
    ['', '/*'].some((part) =>
      [`*${part}`, `${object.plural}${part}`].some((name) => resources.includes(name)),
    )
  );
}
