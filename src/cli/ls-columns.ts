import {
  msFromTimestamp,
  formatFileMode,
  isRegular,
  type SnapshotEntry,
  type SnapshotReader,
} from '../format/index.ts';
import type { CataloguedObject } from '../operations/object-catalogue.ts';
import { formatAge, formatSize, formatTime, formatTimeMs } from '../operations/quantities.ts';
import type { Column } from './table.ts';

/** Columns of a list of objects; AGE counts to the capture, not to now. */
export function objectColumns(
  snapshot: SnapshotReader,
  apiVersionOf: (object: CataloguedObject) => string,
): readonly Column<CataloguedObject>[] {
  const capturedMs = Number(snapshot.header.timestamp.seconds) * 1000;
  const age = ({ createdMs }: CataloguedObject): string =>
    createdMs === undefined ? '-' : formatAge(capturedMs - createdMs);
  return [
    { header: 'NAMESPACE', cell: ({ namespace }) => namespace ?? '-' },
    { header: 'KIND', cell: ({ kind }) => kind },
    { header: 'NAME', cell: ({ name }) => name },
    { header: 'AGE', cell: age },
    { header: 'SIZE', cell: ({ entry }) => formatSize(entry.info.size), align: 'right' },
    { header: 'APIVERSION', cell: apiVersionOf, wide: true },
    {
      header: 'CREATED',
      cell: ({ createdMs }) => formatTime(createdMs === undefined ? undefined : new Date(createdMs)),
      wide: true,
    },
    { header: 'PATH', cell: ({ entry }) => entry.path, wide: true },
  ];
}

/** Columns of a list of paths: names in one folder, whole paths in a tree. */
export function listColumns(recursive: boolean): readonly Column<SnapshotEntry>[] {
  const name = ({ path, info, symlinkTarget }: SnapshotEntry): string => {
    const shown = recursive ? path : info.name;
    return symlinkTarget === undefined ? shown : `${shown} -> ${symlinkTarget}`;
  };
  return [
    { header: 'MODE', cell: ({ info }) => formatFileMode(info.mode) },
    {
      header: 'OWNER',
      cell: ({ info }) => `${info.userName || info.uid}:${info.groupName || info.gid}`,
      wide: true,
    },
    {
      header: 'SIZE',
      cell: ({ info }) => (isRegular(info.mode) ? formatSize(info.size) : '-'),
      align: 'right',
    },
    { header: 'MODIFIED', cell: ({ info }) => formatTimeMs(msFromTimestamp(info.modTime)) },
    { header: 'TYPE', cell: ({ contentType }) => contentType || '-', wide: true },
    { header: recursive ? 'PATH' : 'NAME', cell: name },
  ];
}
