/** Text from an archive on a person's terminal; the same in every front end. */
export * from '../operations/printable.ts';
