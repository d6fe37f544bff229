/**
 * Builds summaries as the reference does, so that equal trees give equal summary blobs: also where its choice is peculiar (0
 * counts as "not set" in minima). Source: specification "Summary".
 */
import {
  isDirectory,
  isRegular,
  isSymlink,
  MODE_DEVICE,
  MODE_NAMED_PIPE,
  MODE_SETGID,
  MODE_SETUID,
  MODE_SOCKET,
  MODE_STICKY,
} from './file-mode.ts';
import type { ChildFacts, Counts, DirectoryCounts, Summary } from './summary.ts';

const ENTROPY_LOW_MAX = 2;
const ENTROPY_HIGH_MIN = 7;

/** Counts a child that is not a directory. */
export function countChild(summary: Summary, child: ChildFacts): void {
  const counts = summary.directory;
  counts.children++;
  counts[kindOf(child.mode)]++;
  if ((child.mode & MODE_SETUID) !== 0) counts.setuid++;
  if ((child.mode & MODE_SETGID) !== 0) counts.setgid++;
  if ((child.mode & MODE_STICKY) !== 0) counts.sticky++;
  if (child.hasObject) {
    counts.objects += 1;
    counts.chunks += child.chunks;
  }
  widen(counts, 'modTimeMin', 'modTimeMax', child.modTimeSeconds);
  widen(counts, 'sizeMin', 'sizeMax', child.size);
  widen(counts, 'entropyMin', 'entropyMax', child.entropy);
  if (child.entropy <= ENTROPY_LOW_MAX) counts.entropyLow++;
  else if (child.entropy >= ENTROPY_HIGH_MIN) counts.entropyHigh++;
  if (child.contentType !== '') counts[mimeOf(child.contentType)]++;
  counts.size += child.size;
  counts.entropySum += child.entropy;
}

/** Counts a child directory and everything below it. */
export function countDirectory(summary: Summary, child: Summary): void {
  summary.directory.children++;
  summary.directory.directories++;
  const into = summary.below;
  for (const key of SUMMED) into[key] += child.below[key] + child.directory[key];
  for (const part of [child.below, child.directory]) {
    widenBy(into, part, 'sizeMin', 'sizeMax');
    widenBy(into, part, 'modTimeMin', 'modTimeMax');
    widenBy(into, part, 'entropyMin', 'entropyMax');
  }
}

/** Counts recorded errors directly below; the averages are complete after this. */
export function finishSummary(summary: Summary, errors: number): void {
  summary.below.errors += errors;
  const { directory } = summary;
  if (directory.files > 0) {
    directory.sizeAverage = Math.floor(directory.size / directory.files);
    directory.entropyAverage = directory.entropySum / directory.files;
  }
}

const SUMMED = [
  'directories',
  'files',
  'symlinks',
  'devices',
  'pipes',
  'sockets',
  'children',
  'setuid',
  'setgid',
  'sticky',
  'objects',
  'chunks',
  'size',
  'entropyHigh',
  'entropyLow',
  'mimeAudio',
  'mimeVideo',
  'mimeImage',
  'mimeText',
  'mimeApplication',
  'mimeOther',
  'errors',
] as const satisfies readonly (keyof Counts)[];

type Minimum = 'sizeMin' | 'modTimeMin' | 'entropyMin';
type Maximum = 'sizeMax' | 'modTimeMax' | 'entropyMax';

function widen(counts: Counts, min: Minimum, max: Maximum, value: number): void {
  if (value < counts[min] || counts[min] === 0) counts[min] = value;
  if (value > counts[max] || counts[max] === 0) counts[max] = value;
}

function widenBy(into: Counts, part: Counts, min: Minimum, max: Maximum): void {
  if (into[min] === 0 || part[min] < into[min]) into[min] = part[min];
  if (into[max] === 0 || part[max] > into[max]) into[max] = part[max];
}

function kindOf(mode: number): 'files' | 'directories' | 'symlinks' | 'devices' | 'pipes' | 'sockets' {
  if (isRegular(mode)) return 'files';
  if (isDirectory(mode)) return 'directories';
  if (isSymlink(mode)) return 'symlinks';
  if ((mode & MODE_DEVICE) !== 0) return 'devices';
  if ((mode & MODE_NAMED_PIPE) !== 0) return 'pipes';
  return (mode & MODE_SOCKET) !== 0 ? 'sockets' : 'files';
}

function mimeOf(contentType: string): keyof DirectoryCounts & `mime${string}` {
  switch (contentType.slice(0, contentType.indexOf('/'))) {
    case 'text':
      return 'mimeText';
    case 'image':
      return 'mimeImage';
    case 'audio':
      return 'mimeAudio';
    case 'video':
      return 'mimeVideo';
    case 'application':
      return 'mimeApplication';
    default:
      return 'mimeOther';
  }
}
