/**
 * A restore or an undo that kills itself at a point: before or after a line of its journal, before or after a write. Arguments: kubeconfig,
 * archive, plan, state folder, number of the point, `undo` to take back what is there. Exits with 0 where there are fewer points.
 */
import { readFile } from 'node:fs/promises';
import { ClusterClient, type ApiRequest } from '../../../src/connectors/cluster-client/index.ts';
import { openArchiveFile } from '../../../src/operations/open-archive.ts';
import { applyPlan } from '../../../src/operations/plan/apply-plan.ts';
import { Journal, type JournalRecord } from '../../../src/operations/plan/journal.ts';
import { decodePlan } from '../../../src/operations/plan/plan-file.ts';
import type { ApplyEvent } from '../../../src/operations/plan/restore-events.ts';
import { undoRestore } from '../../../src/operations/plan/undo.ts';

const [kubeconfig = '', archivePath = '', planPath = '', stateFolder = '', last = '', verb = ''] =
  process.argv.slice(2);
let points = 0;

function point(): void {
  points += 1;
  if (points === Number(last)) process.kill(process.pid, 'SIGKILL');
}

async function around<T>(work: () => Promise<T>): Promise<T> {
  point();
  const result = await work();
  point();
  return result;
}

// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its object below
const { append } = Journal.prototype;
Journal.prototype.append = function (this: Journal, record: JournalRecord): Promise<void> {
  return around(() => append.call(this, record));
};
// eslint-disable-next-line @typescript-eslint/unbound-method -- called with its object below
const { text } = ClusterClient.prototype;
ClusterClient.prototype.text = function (
  this: ClusterClient,
  request: ApiRequest,
  sizeMax?: number,
): Promise<string> {
  const send = (): Promise<string> => text.call(this, request, sizeMax);
  return request.method === undefined || request.method === 'GET' ? send() : around(send);
};

const passphrase = (): Promise<Uint8Array> => Promise.resolve(Buffer.from('scene'));

async function main(): Promise<void> {
  if (verb === 'undo') {
    await carryOut(undoRestore({ access: { kubeconfig }, passphrase, stateFolder }));
    return;
  }
  const archive = await openArchiveFile(archivePath, { passphrase });
  const plan = decodePlan(await readFile(planPath, 'utf8'));
  await carryOut(applyPlan({ archive, plan, access: { kubeconfig }, stateFolder }));
  await archive.close();
}

async function carryOut(events: AsyncIterable<ApplyEvent>): Promise<void> {
  for await (const event of events) {
    if (event.event === 'finished' && event.summary.counts.failed > 0) process.exitCode = 1;
  }
}

void main();
