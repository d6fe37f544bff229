/**
 * Resource types: what a wrapped object or a blob holds (u32, at most 255 because the state stores one byte). 8 is retired.
 *
 * Source: specification "Registry", kept in step by a test.
 */
export const ResourceType = {
  configuration: 1,
  lock: 2,
  state: 3,
  packfile: 4,
  snapshot: 5,
  signature: 6,
  object: 7,
  chunk: 9,
  vfsTree: 10,
  vfsNode: 11,
  vfsEntry: 12,
  errorTree: 13,
  errorNode: 14,
  errorEntry: 15,
  xattrTree: 16,
  xattrNode: 17,
  xattrEntry: 18,
  indexTree: 19,
  indexNode: 20,
  vfsSummary: 21,
  random: 255,
} as const;

/** One of the numbers of {@link ResourceType}. */
export type ResourceType = (typeof ResourceType)[keyof typeof ResourceType];

const names = new Map<number, string>(Object.entries(ResourceType).map(([name, type]) => [type, name]));

/** The name of a resource type, for messages; `type 42` for an unknown one. */
export function resourceTypeName(type: number): string {
  return names.get(type) ?? `type ${type}`;
}

/** A version as the format stores it: major << 16 | minor << 8 | patch. */
export function versionOf(major: number, minor: number, patch: number): number {
  return (major << 16) | (minor << 8) | patch;
}

/** `1.0.0` of a stored version. */
export function formatVersion(version: number): string {
  return `${version >>> 16}.${(version >>> 8) & 0xff}.${version & 0xff}`;
}

/** 1.0.0: the version of every record but the state. */
export const VERSION_1_0_0 = versionOf(1, 0, 0);
/** 1.1.0: the version of the state. */
export const STATE_VERSION = versionOf(1, 1, 0);
/** The states that this reader knows, newest last. */
export const STATE_VERSIONS: readonly number[] = [VERSION_1_0_0, STATE_VERSION];
