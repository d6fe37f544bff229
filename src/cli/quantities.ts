/** How sizes, counts and times read in tables; the same in every front end. */
export * from '../operations/quantities.ts';
