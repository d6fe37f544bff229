/** Predicates for `assert.throws` and `assert.rejects` over ptar's own errors. */
import assert from 'node:assert/strict';
import { isPtarError, type PtarErrorCode } from '../../src/errors.ts';

/** True for a ptar error with this code whose message is one line; fails with what it is otherwise. */
export function withCode(code: PtarErrorCode): (error: unknown) => true {
  return (error) => {
    if (!isPtarError(error)) throw error;
    assert.equal(error.code, code, error.message);
    assert.match(error.message, /^[^\n]+$/);
    return true;
  };
}
