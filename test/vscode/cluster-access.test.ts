/** The explorer and clusters that do not do what is asked: each time it says what to do, and leaves nothing behind. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { captureSources } from '../../src/operations/capture.ts';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { CONTEXTS, writeContexts } from './cluster-contexts.ts';
import { errorsOnConsole, startEditor, type Editor } from './editor.ts';
import { insist } from './insist.ts';
import { extensionPackage } from './vsix.ts';
import { recoverFailures } from './failure-recovery.ts';
import { Workbench } from './workbench.ts';

const NAMESPACE = 'explorer-access';
const { admin, limited, expired, gone } = CONTEXTS;
/** What the tests are about. */
const EXPECTED = /cannot reach|log in again|Nothing of this plan/;

describe('explorer and clusters that refuse', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  let editor: Editor;
  let stop = (): Promise<void> => Promise.resolve();
  let removeNamespace = stop;
  let workbench: Workbench;

  before(requirement('vscode', 'cluster'));
  before(async function () {
    this.timeout(240_000);
    cluster = await sharedCluster();
    removeNamespace = async () => {
      await cluster.kubectl(['delete', 'namespace', NAMESPACE, '--wait=false']);
    };
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
    await within('create', 'configmap', 'settings', '--from-literal=colour=blue');
    await within('create', 'secret', 'generic', 'login', '--from-literal=password=canary-19d2');
    await within('create', 'role', 'limited', '--verb=get,list,create,update,patch', '--resource=configmaps');
    await within('create', 'rolebinding', 'limited', '--role=limited', `--user=${NAMESPACE}-limited`);
    editor = await startEditor({
      vsix: await extensionPackage(),
      settings: {
        'ptar.kubeconfig': await writeContexts(cluster, NAMESPACE),
        'ptar.protectedContexts': ['prod-*'],
      },
      environment: { XDG_STATE_HOME: path.join(cluster.directory, 'access-state') },
    });
    stop = () => editor.stop();
    workbench = new Workbench(editor.page);
    await captureSources({
      sources: ['k8s://'],
      archivePath: path.join(editor.workspace, 'access.ptar'),
      encryption: () => Promise.resolve('plaintext'),
      importer: { kubernetes: { kubeconfig: cluster.kubeconfig, namespaces: [NAMESPACE] } },
    });
    await within('delete', 'configmap', 'settings');
    await within('delete', 'secret', 'login');
    await editor.load();
    await workbench.quick.file('access.ptar');
    await workbench.openContainer('ptar');
    await workbench.expand('access.ptar', /UTC$/, 'API objects', NAMESPACE, 'ConfigMap', 'Secret');
  });
  after(async () => {
    await stop();
    await removeNamespace();
  });
  recoverFailures(() => ({ workbench, editor }));

  function within(...args: readonly string[]): Promise<string> {
    return cluster.kubectl(['--namespace', NAMESPACE, ...args]);
  }

  async function plan(name: string, context: string): Promise<void> {
    await workbench.menu(workbench.row(name), 'Restore…');
    await workbench.quick.choose(`Restore ${name} to`, context);
    await workbench.quick.choose('Into which namespace', 'as captured');
  }

  async function hasSettings(): Promise<boolean> {
    return (await within('get', 'configmap', 'settings', '--ignore-not-found', '--output=name')) !== '';
  }

  /** A failed plan leaves neither a plan nor a progress behind. */
  async function assertNothingPlanned(): Promise<void> {
    assert.equal(await workbench.toast('Planning').isVisible(), false);
    assert.equal(await workbench.quick.offers('ptar: Apply Plan'), false);
  }

  it('says that a cluster is not reached, and tries again on demand', async () => {
    await plan('settings', gone);
    await workbench.toastShows(/cannot reach https:\/\/127\.0\.0\.1:1 \(.*check that the cluster runs/);
    await workbench.picture('unreachable');
    await assertNothingPlanned();
    await workbench.clickToast('cannot reach', 'Try Again');
    await workbench.quick.choose('Restore settings to', admin);
    await workbench.quick.choose('Into which namespace', 'as captured');
    await workbench.row('Create').waitFor();
    await workbench.quick.command('ptar: Discard Plan');
    await workbench.row('Create').waitFor({ state: 'detached' });
  });

  it('says that a token has expired, and to log in again', async () => {
    await workbench.menu(workbench.row('settings'), 'Compare with Live Cluster');
    await workbench.quick.choose('Compare settings with its state in', expired);
    await workbench.toastShows(/credentials of context "expired" are missing or have expired, log in again/);
    assert.equal(await workbench.tab(/settings \(/).isVisible(), false);
    // One that says the same takes the place of this one.
    await workbench.closeToasts();
    await workbench.quick.command('ptar: Capture Cluster');
    await workbench.quick.choose('Capture which cluster', expired);
    await workbench.clickToast('log in again', 'Try Again');
    await workbench.quick.question('Capture which cluster');
    await workbench.quick.cancel();
    await workbench.closeToasts();
  });

  it('says which Role is missing, writes nothing, and what it may', async () => {
    await plan('login', limited);
    await workbench.row('Forbidden').waitFor();
    await workbench.picture('forbidden');
    const reason = await workbench.row('Secret/login').getAttribute('aria-label');
    assert.match(reason ?? '', /may not .*secrets.*Role in namespace "explorer-access"/);
    await workbench.quick.command('ptar: Apply Plan');
    await workbench.toastShows('Nothing of this plan can be written');
    await workbench.closeToasts();
    await plan('settings', limited);
    await workbench.row('Create').waitFor();
    await workbench.quick.command('ptar: Apply Plan');
    await workbench.dialog(`Restore to ${limited}`, 'Apply');
    await workbench.row('Created').waitFor();
    assert.equal(await hasSettings(), true);
    assert.equal(await workbench.quick.offers('ptar: Apply Plan'), false);
    await workbench.quick.command('ptar: Undo Restore');
    await workbench.dialog('Undo the restore', 'Undo');
    await workbench.row('Failed').waitFor();
    const why = await workbench.row('ConfigMap/settings').getAttribute('aria-label');
    assert.match(why ?? '', /may not delete/);
    await within('create', 'role', 'deleter', '--verb=delete', '--resource=configmaps');
    await within('create', 'rolebinding', 'deleter', '--role=deleter', `--user=${NAMESPACE}-limited`);
    await workbench.quick.command('ptar: Undo Restore');
    await workbench.dialog('Undo the restore', 'Undo');
    await workbench.row('Deleted').waitFor();
    assert.equal(await hasSettings(), false);
    await workbench.quick.command('ptar: Discard Plan');
  });

  it('captures what a user may read who may not list namespaces', async () => {
    await workbench.quick.command('ptar: Capture Cluster');
    await workbench.quick.choose('Capture which cluster', limited);
    await workbench.quick.question('Which namespaces');
    await workbench.quick.message.filter({ hasText: 'you may not list them' }).waitFor();
    await workbench.quick.answer(NAMESPACE);
    await workbench.quick.question('Which kinds');
    await workbench.quick.answer('configmaps');
    await workbench.quick.path('Archive to Make', path.join(editor.workspace, 'limited.ptar'));
    await workbench.quick.accept('Encryption');
    await workbench.dialog('Make an archive without encryption', 'Without Encryption');
    await workbench.toastShows('Captured limited');
    await workbench.row('limited.ptar').waitFor();
    // It is brought to the front, which closes menus.
    await insist(
      'limited.ptar closes',
      () => workbench.menu(workbench.row('limited.ptar'), 'Close Archive'),
      async () => !(await workbench.row('limited.ptar').isVisible()),
    );
  });

  it('writes to a protected context only after its name was typed', async () => {
    await plan('settings', CONTEXTS.protected);
    await workbench.row('Create').waitFor();
    await workbench.quick.command('ptar: Apply Plan');
    await workbench.dialog(`Restore to ${CONTEXTS.protected}`, 'Apply');
    await workbench.quick.question('prod-admin is protected');
    await workbench.quick.input.fill('prod');
    await workbench.quick.message.filter({ hasText: 'The name of the context, as it is' }).waitFor();
    await workbench.quick.cancel();
    assert.equal(await hasSettings(), false);
    // The plan is still there for a second try.
    await workbench.quick.command('ptar: Apply Plan');
    await workbench.dialog(`Restore to ${CONTEXTS.protected}`, 'Apply');
    await workbench.quick.question('prod-admin is protected');
    await workbench.quick.answer(CONTEXTS.protected);
    await workbench.row('Created').waitFor();
    assert.equal(await hasSettings(), true);
    await workbench.quick.command('ptar: Discard Plan');
  });

  it('leaves nothing behind wherever a person stops answering', async () => {
    await workbench.closeToasts();
    await within('delete', 'configmap', 'settings');
    const files = await readdir(editor.workspace);
    const capture: readonly (() => Promise<void>)[] = [
      () => workbench.quick.choose('Capture which cluster', admin),
      () => workbench.quick.accept('Which namespaces'),
      () => workbench.quick.accept('Which kinds'),
      () => workbench.quick.path('Archive to Make', path.join(editor.workspace, 'never.ptar')),
      () => workbench.quick.accept('Encryption'),
    ];
    const titles = [
      'Capture which cluster',
      'Which namespaces',
      'Which kinds',
      'Archive to Make',
      'Encryption',
    ];
    for (let answered = 0; answered < capture.length; answered++) {
      await workbench.quick.command('ptar: Capture Cluster');
      for (const answer of capture.slice(0, answered)) await answer();
      await workbench.quick.question(titles[answered] ?? '');
      await workbench.quick.cancel();
    }
    await workbench.menu(workbench.row('settings'), 'Restore…');
    await workbench.quick.choose('Restore settings to', admin);
    await workbench.quick.question('Into which namespace');
    await workbench.quick.cancel();
    await assertNothingPlanned();
    await plan('settings', admin);
    await workbench.row('Create').waitFor();
    await workbench.quick.command('ptar: Apply Plan');
    await workbench.dialog(`Restore to ${admin}`, 'Cancel');
    assert.equal(await hasSettings(), false);
    assert.deepEqual(await readdir(editor.workspace), files);
    // The progress of the planning goes a moment after the plan is there.
    await workbench.toast(/./).first().waitFor({ state: 'hidden' });
  });

  it('says nothing on the console', () => {
    assert.deepEqual(errorsOnConsole(editor, EXPECTED), []);
  });
});
