import { readFile } from 'node:fs/promises';
import { type Command, Option } from 'commander';
import { UsageError } from '../errors.ts';
import { EXISTING_POLICIES, type ExistingPolicy, type PlanOptions } from '../operations/plan/plan.ts';
import type { PlanSelection } from '../operations/plan/restore-events.ts';
import { addMapOption, type MapFlags } from './map-option.ts';
import { addAllNamespacesOption, addNamespaceOption } from './options.ts';

/** What a person can say of a plan. */
export interface PlanFlags extends MapFlags {
  readonly namespace?: string;
  readonly allNamespaces?: boolean;
  readonly selector?: string;
  readonly fieldSelector?: string;
  readonly withDependents?: boolean;
  readonly withReferences?: boolean;
  readonly fromFile?: string;
  readonly existing?: ExistingPolicy;
  readonly conflicts?: 'fail' | 'force';
  readonly prune?: boolean;
  readonly status?: boolean;
  readonly dropFinalizers?: boolean;
  readonly dropCaBundles?: boolean;
  readonly keepManagedFields?: boolean;
  readonly allowMissingClasses?: boolean;
  readonly standIn?: string;
  readonly convertWith?: string;
}

/** Longest list of selections (bytes). */
const LIST_SIZE_MAX = 16 << 20;

/** Adds `-n`, `-A` and the options of a selection in a cluster. */
export function addPlanSelectionOptions(command: Command): Command {
  addNamespaceOption(command, 'only objects of this namespace');
  return addAllNamespacesOption(command, 'all namespaces; without WHAT everything')
    .option('-l, --selector <LABELS>', 'only objects with these labels, as kubectl takes them')
    .option('--field-selector <FIELDS>', 'only objects with these fields: spec.type=NodePort')
    .option('--with-dependents', 'also what the selected objects own')
    .option('--with-references', 'also what they name: ConfigMaps, Secrets, accounts, claims, classes')
    .option(
      '--from-file <LIST>',
      'what is selected, one a line; lines that begin with [ ] or # are passed over, [x] is taken off',
    );
}

/** Adds the options that say how objects are put into a cluster. */
export function addPlanOptions(command: Command): Command {
  const group = command.optionsGroup('Options for clusters:');
  return addMapOption(group, 'other namespaces, names, classes, hosts and registries, as this file has them')
    .addOption(
      new Option('--existing <POLICY>', 'objects that are there already')
        .choices(EXISTING_POLICIES)
        .default('update'),
    )
    .addOption(
      new Option('--conflicts <POLICY>', 'fields that other field managers own')
        .choices(['fail', 'force'])
        .default('force'),
    )
    .option('--prune', 'delete what the selection covers and the archive does not have')
    .option('--status', 'restore status too')
    .option('--drop-finalizers', 'create objects without their finalizers')
    .option('--drop-ca-bundles', 'leave out the CA bundles of webhooks and APIServices')
    .option('--keep-managed-fields', 'keep who owned which field')
    .option('--allow-missing-classes', 'restore objects whose storage, ingress or priority class is missing')
    .option('--stand-in <NAMESPACE>', 'try objects of namespaces that are yet to be made in this one')
    .option(
      '--convert-with <CLUSTER>',
      'k8s://CONTEXT[/NAMESPACE] that serves versions which TARGET does not; where it has an object no more, a copy is in NAMESPACE for a moment',
    )
    .optionsGroup('Options:');
}

/** A context alone would be the current one by mistake. */
function clusterOf(uri: string): string {
  if (/^k8s:\/\/[^/]/.test(uri)) return uri;
  throw new UsageError(
    `--convert-with ${uri} names no cluster; write k8s://CONTEXT or k8s://CONTEXT/NAMESPACE`,
  );
}

/** The options of a plan that the flags mean. @throws UsageError */
export function planOptions(flags: PlanFlags): Partial<PlanOptions> {
  return {
    existing: flags.existing ?? 'update',
    conflicts: flags.conflicts ?? 'force',
    prune: flags.prune ?? false,
    status: flags.status ?? false,
    dropFinalizers: flags.dropFinalizers ?? false,
    dropCaBundles: flags.dropCaBundles ?? false,
    managedFields: flags.keepManagedFields ?? false,
    allowMissingClasses: flags.allowMissingClasses ?? false,
    ...(flags.standIn !== undefined && { standIn: flags.standIn }),
    ...(flags.convertWith !== undefined && { convertWith: clusterOf(flags.convertWith) }),
  };
}

/**
 * What is selected, by arguments and flags.
 * @throws UsageError where nothing is, or the list cannot be read
 */
export async function planSelection(selections: readonly string[], flags: PlanFlags): Promise<PlanSelection> {
  const listed = flags.fromFile === undefined ? [] : await readSelectionList(flags.fromFile);
  const all = [...selections, ...listed];
  const hasSelector = flags.selector !== undefined || flags.fieldSelector !== undefined;
  if (all.length === 0 && flags.fromFile !== undefined) {
    throw new UsageError(`${flags.fromFile} selects nothing; mark lines with [x]`);
  }
  if (all.length === 0 && flags.namespace === undefined && flags.allNamespaces !== true && !hasSelector) {
    throw new UsageError(
      'nothing selected; name what to restore, a namespace with -n, or everything with -A',
    );
  }
  return {
    selections: all,
    ...(flags.namespace !== undefined && { namespace: flags.namespace }),
    ...(flags.selector !== undefined && { labelSelector: flags.selector }),
    ...(flags.fieldSelector !== undefined && { fieldSelector: flags.fieldSelector }),
    withDependents: flags.withDependents ?? false,
    withReferences: flags.withReferences ?? false,
  };
}

/** The lines of a checked list: `- [x] shop/deploy/web`, or paths and names alone. */
async function readSelectionList(file: string): Promise<string[]> {
  let text: string;
  try {
    text = await readFile(file, 'utf8');
  } catch {
    throw new UsageError(`cannot read the list ${file}; check the path`);
  }
  if (text.length > LIST_SIZE_MAX) throw new UsageError(`${file} is too long for a list of objects`);
  return text
    .split(/\r?\n/)
    .map((line) => line.trim().replace(/^[-*]\s+/, ''))
    .filter((line) => line !== '' && !line.startsWith('#') && !line.startsWith('[ ]'))
    .map((line) => line.replace(/^\[[xX]\]\s*/, ''));
}
