import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { EXIT, EXIT_BY_ERROR, EXIT_HELP, exitCodeOf, exitCodeOfItems } from '../../src/cli/exit-codes.ts';
import { CancelledError, ConnectorError, KeyError, UsageError } from '../../src/errors.ts';

describe('exit codes', () => {
  it('cover every error code and no other', () => {
    const source = readFileSync(new URL('../../src/errors.ts', import.meta.url), 'utf8');
    const unions = source.slice(0, source.indexOf('export type PtarErrorCode')).matchAll(/'([A-Z_]+)'/g);
    const codes = new Set([...unions].map(([, code]) => code));
    assert.ok(codes.size > 30);
    assert.deepEqual(Object.keys(EXIT_BY_ERROR).sort(), [...codes].sort());
  });

  it('are those that the help lists', () => {
    const listed = [...EXIT_HELP.matchAll(/(?<=\s)\d+(?=  )/g)].map(([code]) => Number(code));
    assert.deepEqual(
      listed.sort((one, two) => one - two),
      Object.values(EXIT).sort((one, two) => one - two),
    );
  });

  it('follow the error, and call a bug a failure', () => {
    assert.equal(exitCodeOf(new UsageError('x')), 2);
    assert.equal(exitCodeOf(new KeyError('KEY_WRONG', 'x')), 6);
    assert.equal(exitCodeOf(new ConnectorError('CONNECTOR_FORBIDDEN', 'x')), 8);
    assert.equal(exitCodeOf(new CancelledError()), 130);
    assert.equal(exitCodeOf(new TypeError('x')), 3);
  });

  it('of failed items tell a damaged archive from everything else', () => {
    assert.equal(exitCodeOfItems([]), 4);
    assert.equal(exitCodeOfItems(['CONNECTOR_FORBIDDEN', 'CONNECTOR_CONFLICT']), 4);
    assert.equal(exitCodeOfItems(['CONNECTOR_FORBIDDEN', 'INTEGRITY_BLOB']), 5);
    assert.equal(exitCodeOfItems(['FORMAT_UNSUPPORTED']), 4);
  });
});
