import { stringAt, type JsonObject } from '../../resources/json-value.ts';
import {
  isAskedAbout,
  webhooksOf,
  type CreatedObject,
  type Webhook,
  type WebhookService,
} from '../../resources/webhook-rules.ts';
import type { TargetFacts } from './target-facts.ts';

const ADMISSION = 'admissionregistration.k8s.io';
const CONFIGURATIONS = ['MutatingWebhookConfiguration', 'ValidatingWebhookConfiguration'];
const SERVICE_LABEL = 'kubernetes.io/service-name';

/** The webhooks of a target, and which of them nobody serves. Read when the first object asks. */
export class TargetWebhooks {
  readonly #facts: Pick<TargetFacts, 'objectsIn' | 'objectNamed'>;
  readonly #outages = new Map<string, Promise<string>>();
  #webhooks: Promise<readonly Webhook[]> | undefined;

  constructor(facts: Pick<TargetFacts, 'objectsIn' | 'objectNamed'>) {
    this.#facts = facts;
  }

  /** A webhook by the name that the API server calls it by; undefined where there is none, or nobody may know. */
  async named(name: string): Promise<Webhook | undefined> {
    return (await this.#all()).find((webhook) => webhook.name === name);
  }

  /** A webhook that must be asked before `object` is created and cannot be, and why. */
  async unanswered(object: CreatedObject): Promise<{ webhook: Webhook; why: string } | undefined> {
    for (const webhook of await this.#all()) {
      if (!webhook.isRequired || !isAskedAbout(webhook, object)) continue;
      const why = await this.outage(webhook);
      if (why !== '') return { webhook, why };
    }
    return undefined;
  }

  /** Why a webhook cannot be called, as far as its Service tells; empty where it may well be. */
  outage({ service }: Webhook): Promise<string> {
    if (service === undefined) return Promise.resolve('');
    const key = `${service.namespace}/${service.name}`;
    const known = this.#outages.get(key) ?? this.#findOutage(service, key);
    this.#outages.set(key, known);
    return known;
  }

  async #findOutage({ namespace, name }: WebhookService, key: string): Promise<string> {
    const service = await this.#facts.objectNamed('', 'Service', namespace, name);
    if (service === undefined) return `its Service ${key} does not exist`;
    if (service === 'unknown' || stringAt(service, 'spec', 'type') === 'ExternalName') return '';
    const slices = await this.#facts.objectsIn('discovery.k8s.io', 'EndpointSlice', namespace);
    const own = slices?.filter((slice) => stringAt(slice, 'metadata', 'labels', SERVICE_LABEL) === name);
    return own === undefined || own.some(hasReadyEndpoint) ? '' : `no Pod of its Service ${key} is ready`;
  }

  #all(): Promise<readonly Webhook[]> {
    this.#webhooks ??= (async () => {
      const lists = await Promise.all(
        CONFIGURATIONS.map(async (kind) => {
          const objects = (await this.#facts.objectsIn(ADMISSION, kind, undefined)) ?? [];
          // Elements of lists do not bear their kind.
          return objects.map((object) => new Map(object).set('kind', kind));
        }),
      );
      return lists.flat().flatMap(webhooksOf);
    })();
    return this.#webhooks;
  }
}

/** What does not say that it is not ready, is. */
function hasReadyEndpoint(slice: JsonObject): boolean {
  const endpoints = slice.get('endpoints');
  return (
    Array.isArray(endpoints) &&
    endpoints.some((endpoint) => {
      const conditions = endpoint instanceof Map ? endpoint.get('conditions') : undefined;
      return !(conditions instanceof Map) || conditions.get('ready') !== false;
    })
  );
}
