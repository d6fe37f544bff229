/**
 * Mocha's "spec" reporter with a last line that machines read: `N passed, N failed`, and `, N skipped` where any were. Where `PTAR_TALLY`
 * names a file, the line counts the runs before with the same file, too.
 */
const { appendFileSync, readFileSync } = require('node:fs');
const Mocha = require('mocha');

module.exports = class ClosingLineReporter extends Mocha.reporters.Spec {
  constructor(runner, options) {
    super(runner, options);
    runner.once(Mocha.Runner.constants.EVENT_RUN_END, () => {
      const { passes, failures, pending } = total(this.stats);
      const skipped = pending > 0 ? `, ${pending} skipped` : '';
      process.stdout.write(`\n${passes} passed, ${failures} failed${skipped}\n`);
    });
  }
};

function total({ passes, failures, pending }) {
  const tally = process.env['PTAR_TALLY'];
  if (tally === undefined) return { passes, failures, pending };
  appendFileSync(tally, `${JSON.stringify({ passes, failures, pending })}\n`);
  const runs = readFileSync(tally, 'utf8').trimEnd().split('\n').map(JSON.parse);
  const sum = (key) => runs.reduce((all, run) => all + run[key], 0);
  return { passes: sum('passes'), failures: sum('failures'), pending: sum('pending') };
}
