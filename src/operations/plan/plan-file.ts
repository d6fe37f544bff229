/** Plans as files: YAML or JSON that a person can read, and programs may have written. */
import { UsageError } from '../../errors.ts';
import { stringifyJson } from '../../resources/json-text.ts';
import { jsonFrom } from '../../resources/json-value.ts';
import { yamlFromJson } from '../../resources/yaml-emit.ts';
import { jsonFromYaml } from '../../resources/yaml-parse.ts';
import {
  DEFAULT_PLAN_OPTIONS,
  EXISTING_POLICIES,
  PLAN_VERSION,
  PROOFS,
  VERDICTS,
  type Plan,
  type PlanItem,
  type PlanWarning,
} from './plan.ts';

/** Longest plan file that is read (bytes). */
export const PLAN_SIZE_MAX = 256 << 20;
const ITEMS_MAX = 1_000_000;

/** A plan as YAML. */
export function encodePlan(plan: Plan): string {
  return yamlFromJson(jsonFrom(plan));
}

/** @throws UsageError where `text` is no plan of this version; FormatError, ConnectorError CONNECTOR_INPUT where it is neither YAML nor JSON */
export function decodePlan(text: string): Plan {
  const [document, ...others] = jsonFromYaml(text);
  if (document === undefined || others.length > 0) throw notPlan('it does not hold one document');
  const plain = JSON.parse(stringifyJson(document)) as unknown;
  const plan = record(plain, 'the plan');
  if (plan['version'] !== PLAN_VERSION) {
    throw notPlan(`its version is ${JSON.stringify(plan['version'])}, this ptar reads ${PLAN_VERSION}`);
  }
  const source = strings(plan['source'], 'source', ['archive', 'repositoryId', 'snapshotId']);
  const target = strings(plan['target'], 'target', ['uri', 'server', 'context', 'clusterId', 'version']);
  const options = { ...DEFAULT_PLAN_OPTIONS, ...record(plan['options'], 'options') };
  oneOf(options.existing, EXISTING_POLICIES, 'options.existing');
  oneOf(options.conflicts, ['fail', 'force'], 'options.conflicts');
  for (const [name, value] of Object.entries(options)) {
    const fallback: unknown = DEFAULT_PLAN_OPTIONS[name as keyof typeof DEFAULT_PLAN_OPTIONS];
    if (typeof value !== (fallback === undefined ? 'string' : typeof fallback)) {
      throw notPlan(`options.${name} is not what it should be`);
    }
  }
  const items = list(plan['items'], 'items');
  if (items.length > ITEMS_MAX) throw notPlan(`it has more than ${ITEMS_MAX} items`);
  return {
    version: PLAN_VERSION,
    createdAt: textAt(plan['createdAt'], 'createdAt'),
    source,
    target,
    options,
    ...(plan['mapping'] !== undefined && { mapping: plan['mapping'] }),
    warnings: list(plan['warnings'] ?? [], 'warnings').map((warning, index) =>
      decodeWarning(warning, `warnings[${index}]`),
    ),
    items: items.map((item, index) => decodeItem(item, `items[${index}]`)),
  };
}

function decodeItem(value: unknown, where: string): PlanItem {
  const item = record(value, where);
  const identity = record(item['identity'], `${where}.identity`);
  const { namespace } = identity;
  if (namespace !== undefined) textAt(namespace, `${where}.identity.namespace`);
  oneOf(item['verdict'], VERDICTS, `${where}.verdict`);
  oneOf(item['how'], PROOFS, `${where}.how`);
  if (!Number.isSafeInteger(item['rank'])) throw notPlan(`${where}.rank is not a whole number`);
  if (item['path'] !== undefined) textAt(item['path'], `${where}.path`);
  for (const field of ['notes', 'dependsOn'] as const) {
    list(item[field], `${where}.${field}`).forEach((one) => textAt(one, `${where}.${field}`));
  }
  for (const change of list(item['changes'], `${where}.changes`)) {
    strings(change, `${where}.changes`, ['op', 'field']);
  }
  if (item['obstacle'] !== undefined) strings(item['obstacle'], `${where}.obstacle`, ['kind']);
  if (item['live'] !== undefined) strings(item['live'], `${where}.live`, ['uid', 'digest']);
  return {
    ...item,
    id: textAt(item['id'], `${where}.id`),
    reason: textAt(item['reason'], `${where}.reason`),
    identity: {
      ...strings(identity, `${where}.identity`, ['group', 'version', 'kind', 'name']),
      namespace: namespace as string | undefined,
    },
  } as PlanItem;
}

function decodeWarning(value: unknown, where: string): PlanWarning {
  const warning = record(value, where);
  const { kind, how } = warning as Pick<PlanWarning, 'kind' | 'how'>;
  oneOf(kind, ['quota', 'webhook'], `${where}.kind`);
  oneOf(how, PROOFS, `${where}.how`);
  const ids = list(warning['items'], `${where}.items`).map((id) => textAt(id, `${where}.items`));
  return { kind, how, ...strings(warning, where, ['by', 'reason']), items: ids };
}

function record(value: unknown, where: string): Readonly<Record<string, unknown>> {
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return value as Record<string, unknown>;
  }
  throw notPlan(`${where} is missing, or no object`);
}

function list(value: unknown, where: string): readonly unknown[] {
  if (Array.isArray(value)) return value;
  throw notPlan(`${where} is missing, or no list`);
}

function textAt(value: unknown, where: string): string {
  if (typeof value === 'string') return value;
  throw notPlan(`${where} is missing, or no text`);
}

function strings<Name extends string>(
  value: unknown,
  where: string,
  names: readonly Name[],
): Readonly<Record<Name, string>> {
  const fields = record(value, where);
  return Object.fromEntries(names.map((name) => [name, textAt(fields[name], `${where}.${name}`)])) as Record<
    Name,
    string
  >;
}

function oneOf(value: unknown, known: readonly string[], where: string): void {
  if (typeof value === 'string' && known.includes(value)) return;
  throw notPlan(`${where} is none of ${known.join(', ')}`);
}

function notPlan(problem: string): UsageError {
  return new UsageError(`this is no plan: ${problem}; make one with ptar plan -o yaml`);
}
