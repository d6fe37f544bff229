/**
 * Loaded before every suite: property tests draw the same values in every run, so that a red run is about the change that it
 * judges. `PTAR_SEED=N npm test` draws others; a failure prints its seed.
 */
import fc from 'fast-check';

fc.configureGlobal({ seed: Number(process.env['PTAR_SEED'] ?? 20_261_121) });
