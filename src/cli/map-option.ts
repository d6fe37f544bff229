import type { Command } from 'commander';
import type { Mapping } from '../resources/mapping.ts';

/** The flag of commands that move objects to another place. */
export interface MapFlags {
  readonly map?: string;
}

/** Adds `--map`. */
export function addMapOption(command: Command, description: string): Command {
  return command.option('--map <FILE>', description);
}

/** The mapping that the flag names; undefined without it. @throws UsageError with file and line; ConnectorError */
export async function mappingOf({ map }: MapFlags): Promise<Mapping | undefined> {
  if (map === undefined) return undefined;
  const { readMappingFile } = await import('../operations/transfer/mapping-transform.ts');
  return readMappingFile(map);
}
