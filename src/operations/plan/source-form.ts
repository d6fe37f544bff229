/** From an object in the archive to one in a version that the target takes: the same for the plan and for its application. */
import type { RestoreTarget } from '../../connectors/kubernetes/restore-target.ts';
import type { JsonObject } from '../../resources/json-value.ts';
import type { ResourceIdentity } from '../../resources/object-path.ts';
import { resolveResource, type ResolvedResource } from './prepared-object.ts';
import type { ObjectTransform } from './restore-events.ts';
import type { TargetFacts } from './target-facts.ts';
import { conversionProblem, type Conversion, type VersionConverter } from './version-converter.ts';

/** An object on its way. */
interface SourceForm {
  /** As the archive has it, or converted, with the mapping's names. */
  readonly captured: JsonObject;
  /** Undefined where the target serves no version that takes it. */
  readonly resolved: ResolvedResource | undefined;
  /** Why it was not converted; empty where that was not tried, or went well. */
  readonly problem: string;
}

/** What turns objects into what the target takes. */
interface SourceForms {
  readonly target: RestoreTarget;
  readonly facts: TargetFacts;
  readonly transform: ObjectTransform | undefined;
  /** Undefined where nobody was named who could convert. */
  readonly converter: VersionConverter | undefined;
}

/** `read` as it goes to the target. @param identity in the target @throws ConnectorError; CancelledError */
export async function sourceForm(
  { target, facts, transform, converter }: SourceForms,
  identity: ResourceIdentity,
  read: JsonObject,
): Promise<SourceForm> {
  const captured = transform?.apply(read).object ?? read;
  const resolved = await resolveResource(target, facts, identity, captured);
  if (resolved !== undefined || converter === undefined) return { captured, resolved, problem: '' };
  const { group, kind } = identity;
  const versions = target.kinds.versionsOf(group, kind);
  if (versions.length === 0) return { captured, resolved, problem: '' };
  let conversion: Conversion;
  try {
    conversion = await converter.convert(read, versions);
  } catch (error) {
    conversion = { problem: conversionProblem(error) };
  }
  if ('problem' in conversion) return { captured, resolved, problem: conversion.problem };
  const { object, version, note } = conversion;
  const resource = target.kinds.find(group, version, kind);
  return {
    captured: transform?.apply(object).object ?? object,
    resolved: resource && { resource, note },
    problem: '',
  };
}
