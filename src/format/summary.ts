/**
 * Summaries: counts over a directory's children (`directory`) and over everything below them (`below`).
 *
 * All fields are u64 unless the table says otherwise, and left out where 0, but for `errors` in `below`. Source: specification
 * "Summary".
 */
import { f64, field, i64Number, optionalField, record, u64Number, type Field } from './record.ts';

/** The counts that `directory` and `below` share; sizes in bytes, times in Unix seconds, entropy in bits per byte. */
export interface Counts {
  directories: number;
  files: number;
  symlinks: number;
  devices: number;
  pipes: number;
  sockets: number;
  children: number;
  setuid: number;
  setgid: number;
  sticky: number;
  objects: number;
  chunks: number;
  sizeMin: number;
  sizeMax: number;
  size: number;
  modTimeMin: number;
  modTimeMax: number;
  entropyMin: number;
  entropyMax: number;
  entropyHigh: number;
  entropyLow: number;
  mimeAudio: number;
  mimeVideo: number;
  mimeImage: number;
  mimeText: number;
  mimeApplication: number;
  mimeOther: number;
  errors: number;
}
/** Counts over a directory's children. */
export interface DirectoryCounts extends Counts {
  sizeAverage: number;
  entropySum: number;
  entropyAverage: number;
}
/** See the head of this file. */
export interface Summary {
  directory: DirectoryCounts;
  below: Counts;
}

const count = (wire: string): Field<number> => optionalField(wire, u64Number);
const seconds = (wire: string): Field<number> => optionalField(wire, i64Number);
const bits = (wire: string): Field<number> => optionalField(wire, f64);

const kinds = {
  directories: count('directories'),
  files: count('files'),
  symlinks: count('symlinks'),
  devices: count('devices'),
  pipes: count('pipes'),
  sockets: count('sockets'),
  children: count('children'),
  setuid: count('setuid'),
  setgid: count('setgid'),
  sticky: count('sticky'),
  objects: count('objects'),
  chunks: count('chunks'),
  sizeMin: count('min_size'),
  sizeMax: count('max_size'),
};
const modTimes = { modTimeMin: seconds('min_mod_time'), modTimeMax: seconds('max_mod_time') };
const entropies = { entropyMin: bits('min_entropy'), entropyMax: bits('max_entropy') };
const entropyCounts = { entropyHigh: count('hi_entropy'), entropyLow: count('lo_entropy') };
const mimes = {
  mimeAudio: count('MIME_audio'),
  mimeVideo: count('MIME_video'),
  mimeImage: count('MIME_image'),
  mimeText: count('MIME_text'),
  mimeApplication: count('MIME_application'),
  mimeOther: count('MIME_other'),
};

/** The codec, also used inside entries and headers. */
export const summaryCodec = record<Summary>('summary', {
  directory: optionalField(
    'directory',
    record<DirectoryCounts>('directory summary', {
      ...kinds,
      sizeAverage: count('avg_size'),
      size: count('size'),
      ...modTimes,
      ...entropies,
      entropySum: bits('sum_entropy'),
      entropyAverage: bits('avg_entropy'),
      ...entropyCounts,
      ...mimes,
      errors: count('errors'),
    }),
  ),
  below: optionalField(
    'below',
    record<Counts>('summary below', {
      ...kinds,
      size: count('size'),
      ...modTimes,
      ...entropies,
      ...entropyCounts,
      ...mimes,
      errors: field('errors', u64Number),
    }),
  ),
});

/** A summary of nothing. */
export function emptySummary(): Summary {
  return summaryCodec.zero();
}

/** What a summary wants to know of a child that is not a directory. */
export interface ChildFacts {
  readonly mode: number;
  readonly size: number;
  readonly modTimeSeconds: number;
  readonly contentType: string;
  readonly entropy: number;
  readonly chunks: number;
  readonly hasObject: boolean;
}
