/** Area `header`: magic, version and type, of the container and of wrapped objects. */
import { concatBytes } from '../../../src/format/bytes.ts';
import { joinContainer } from '../../../src/format/container.ts';
import { ResourceType, STATE_VERSION, VERSION_1_0_0, versionOf } from '../../../src/format/resource-type.ts';
import type { Hasher } from '../../../src/format/ports.ts';
import type { Expectation, Vector } from '../vector-file.ts';
import { area, type Case, fails, sample, type Sample } from './area.ts';
import { edited, type Parts } from './forge.ts';

const version = (error: string): Expectation => fails(error, 'Container', 'open');
const wrapped = (error: string): Expectation => fails(error, 'Wrapped object', 'open');

/** A wrapped object with another header and the MAC of that. */
function rewrapped(bytes: Uint8Array, change: (header: DataView) => void, mac: Hasher): Uint8Array {
  const body = edited(bytes.subarray(0, -32), (_, view) => change(view));
  mac.update(body);
  return concatBytes([body, mac.digest()]);
}

function* containers({ forge }: Sample): Generator<Case> {
  const whole = forge.archive();
  const versions = [
    ['version_patch', versionOf(1, 0, 1), 'FORMAT_VERSION'],
    ['version_minor', versionOf(1, 1, 0), 'FORMAT_VERSION'],
    ['version_major', versionOf(2, 0, 0), 'FORMAT_VERSION'],
    ['version_most', 0xffff_ffff, 'FORMAT_VERSION'],
    ['version_older', versionOf(0, 9, 0), 'FORMAT_LAYOUT'],
    ['version_zero', 0, 'FORMAT_LAYOUT'],
    ['version_big_endian', 0x0000_0100, 'FORMAT_LAYOUT'],
  ] as const;
  for (const [name, number, error] of versions) {
    yield {
      name,
      comment: `The container's version is 0x${number.toString(16)}.`,
      expect: version(error),
      archive: edited(whole, (_, view) => view.setUint32(8, number, true)),
    };
  }
  yield {
    name: 'magic_lower_case',
    comment: 'The magic in lower case.',
    expect: version('FORMAT_FOREIGN'),
    archive: edited(whole, (copy) => copy.set(Buffer.from('_platar_'))),
  };
  yield {
    name: 'magic_of_wrapped',
    comment: 'The magic of a wrapped object where that of the container belongs.',
    expect: version('FORMAT_FOREIGN'),
    archive: edited(whole, (copy) => copy.set(Buffer.from('_KLOSET_'))),
  };
}

function* wrappedObjects({ forge, expect }: Sample): Generator<Case> {
  const parts = forge.parts();
  const rewrap = (part: keyof Parts, change: (header: DataView) => void): Uint8Array => {
    const mac = part === 'configuration' ? forge.keys.beginConfigurationMac() : forge.keys.mac.begin();
    const changed = rewrapped(parts[part], change, mac);
    const of = (each: keyof Parts): Uint8Array => (each === part ? changed : parts[each]);
    return joinContainer(of('configuration'), of('packfile'), of('state'));
  };
  const magic = (text: string) => (header: DataView) => new Uint8Array(header.buffer).set(Buffer.from(text));
  const u32 = (at: number, value: number) => (header: DataView) => header.setUint32(at, value, true);
  const changes = [
    ['configuration_old_magic', 'configuration', magic('_PLAKAR_'), expect],
    ['state_old_magic', 'state', magic('_PLAKAR_'), expect],
    ['packfile_old_magic', 'packfile', magic('_PLAKAR_'), expect],
    ['configuration_other_magic', 'configuration', magic('_PLATAR_'), wrapped('FORMAT_LAYOUT')],
    ['state_other_magic', 'state', magic('\0\0\0\0\0\0\0\0'), wrapped('FORMAT_LAYOUT')],
    ['configuration_is_state', 'configuration', u32(8, ResourceType.state), wrapped('FORMAT_LAYOUT')],
    ['state_is_lock', 'state', u32(8, ResourceType.lock), wrapped('FORMAT_LAYOUT')],
    ['state_type_unknown', 'state', u32(8, 0x0103), wrapped('FORMAT_LAYOUT')],
    [
      'packfile_is_state',
      'packfile',
      u32(8, ResourceType.state),
      fails('FORMAT_LAYOUT', 'Wrapped object', 'check'),
    ],
    ['configuration_version', 'configuration', u32(12, versionOf(1, 1, 0)), wrapped('FORMAT_VERSION')],
    ['state_version_newer', 'state', u32(12, versionOf(1, 2, 0)), wrapped('FORMAT_VERSION')],
    ['state_version_major', 'state', u32(12, versionOf(2, 0, 0)), wrapped('FORMAT_VERSION')],
    [
      'packfile_version',
      'packfile',
      u32(12, versionOf(2, 0, 0)),
      fails('FORMAT_VERSION', 'Wrapped object', 'check'),
    ],
  ] as const;
  for (const [name, part, change, outcome] of changes) {
    yield {
      name,
      comment: `The header of the wrapped ${part} is changed (${name}); its MAC is right for that.`,
      expect: outcome,
      archive: rewrap(part, change),
    };
  }
  yield {
    name: 'state_version_1_0_0',
    comment: 'A state of version 1.0.0, which has no parent.',
    expect,
    archive: forge.archive({ stateVersion: VERSION_1_0_0, state: (bytes) => bytes.slice(32) }),
  };
  yield {
    name: 'state_version_1_0_0_with_parent',
    comment: 'A state of version 1.0.0 with a parent, which only 1.1.0 has.',
    expect: fails('FORMAT_TRUNCATED', 'State', 'open'),
    archive: forge.archive({ stateVersion: VERSION_1_0_0 }),
  };
  yield {
    name: 'state_version_1_1_0_without_parent',
    comment: 'A state of version 1.1.0 without its parent.',
    expect: fails('FORMAT_TRUNCATED', 'State', 'open'),
    archive: forge.archive({ stateVersion: STATE_VERSION, state: (bytes) => bytes.slice(32) }),
  };
}

/** All vectors of the area. */
export async function header(): Promise<Vector[]> {
  const whole = await sample();
  function* all(): Generator<Case> {
    yield* containers(whole);
    yield* wrappedObjects(whole);
  }
  return area('header', all());
}
