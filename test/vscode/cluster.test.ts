/** The explorer and a real API server: capture, restore, undo. */
import assert from 'node:assert/strict';
import { readdir } from 'node:fs/promises';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { captureSources } from '../../src/operations/capture.ts';
import { runningPid } from '../cluster/component.ts';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { startEditor, type Editor } from './editor.ts';
import { extensionPackage } from './vsix.ts';
import { Workbench } from './workbench.ts';

const NAMESPACE = 'explorer-suite';
const OTHER_NAMESPACE = 'explorer-suite-other';
const CONTEXT = 'test-cluster';

describe('explorer and a cluster', function () {
  this.timeout(180_000);
  let cluster: TestCluster;
  let editor: Editor;
  let stop = (): Promise<void> => Promise.resolve();
  let removeNamespaces = stop;
  let workbench: Workbench;

  before(requirement('vscode', 'cluster'));
  before(async function () {
    this.timeout(240_000);
    cluster = await sharedCluster();
    removeNamespaces = async () => {
      await cluster.kubectl(['delete', 'namespace', NAMESPACE, OTHER_NAMESPACE, '--wait=false']);
    };
    await cluster.kubectl(['create', 'namespace', NAMESPACE]);
    await cluster.kubectl(['create', 'namespace', OTHER_NAMESPACE]);
    await cluster.kubectl(['-n', NAMESPACE, 'create', 'configmap', 'settings', '--from-literal=colour=blue']);
    editor = await startEditor({
      vsix: await extensionPackage(),
      settings: { 'ptar.kubeconfig': cluster.kubeconfig, 'ptar.protectedContexts': ['prod-*'] },
      environment: { XDG_STATE_HOME: path.join(cluster.directory, 'state') },
    });
    stop = () => editor.stop();
    workbench = new Workbench(editor.page);
    await captureSources({
      sources: ['k8s://'],
      archivePath: path.join(editor.workspace, 'cluster.ptar'),
      encryption: () => Promise.resolve('plaintext'),
      importer: { kubernetes: { kubeconfig: cluster.kubeconfig, namespaces: [NAMESPACE] } },
    });
    await editor.load();
  });
  after(async () => {
    await stop();
    await removeNamespaces();
  });
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    await workbench.recover(this.currentTest.title);
    process.stderr.write(await editor.extensionLog());
  });

  const configMap = (namespace = NAMESPACE): Promise<string> =>
    cluster.kubectl([
      '-n',
      namespace,
      'get',
      'configmap',
      'settings',
      '--ignore-not-found',
      '-o',
      'jsonpath={.data.colour}',
    ]);

  async function planRestore(namespace: string): Promise<void> {
    await workbench.menu(workbench.row('settings'), 'Restore…');
    await workbench.question('Restore settings to');
    await workbench.quickRow(CONTEXT).click();
    await workbench.question('Into which namespace');
    await workbench.quickRow(namespace).click();
  }

  it('plans, restores and undoes a ConfigMap that was deleted, by right-click', async () => {
    await workbench.quickOpen('cluster.ptar');
    await workbench.webview.locator('h1', { hasText: 'cluster.ptar' }).waitFor();
    await workbench.openContainer('ptar');
    for (const label of ['cluster.ptar', /UTC$/, 'API objects', NAMESPACE, 'ConfigMap']) {
      await workbench.expand(label);
    }
    await cluster.kubectl(['-n', NAMESPACE, 'delete', 'configmap', 'settings']);
    await planRestore('as captured');
    await workbench.row('Create').waitFor();
    await workbench.row('ConfigMap/settings').waitFor();
    assert.equal(await configMap(), '');
    await workbench.picture('plan');
    await workbench.command('ptar: Apply Plan');
    await workbench.dialog(`Restore to ${CONTEXT}`, 'Apply');
    await workbench.row('Created').waitFor();
    assert.equal(await configMap(), 'blue');
    await workbench.picture('restored');
    await workbench.clickToast('1 written', 'Undo');
    await workbench.dialog('Undo the restore', 'Undo');
    await workbench.row('Deleted').waitFor();
    assert.equal(await configMap(), '');
  });

  it('restores into another namespace, and shows what would change before', async () => {
    await planRestore(OTHER_NAMESPACE);
    await workbench.row('Create').waitFor();
    await workbench.command('ptar: Apply Plan');
    await workbench.dialog(`Restore to ${CONTEXT}`, 'Apply');
    await workbench.row('Created').waitFor();
    assert.equal(await configMap(OTHER_NAMESPACE), 'blue');
    await cluster.kubectl([
      '-n',
      OTHER_NAMESPACE,
      'patch',
      'configmap',
      'settings',
      '-p',
      '{"data":{"colour":"red"}}',
    ]);
    await planRestore(OTHER_NAMESPACE);
    await workbench.row('Update').waitFor();
    await workbench.row('ConfigMap/settings').click();
    await workbench.editorShows('colour: red');
    await workbench.editorShows('colour: blue');
    await workbench.picture('plan-difference');
    await workbench.command('ptar: Discard Plan');
    await workbench.row('Update').waitFor({ state: 'detached' });
    assert.equal(await configMap(OTHER_NAMESPACE), 'red');
  });

  it('compares with the live cluster, and says what it has not', async () => {
    await workbench.closeEditors();
    await workbench.menu(workbench.row('settings'), 'Compare with Live Cluster');
    await workbench.quickRow(CONTEXT).click();
    await workbench.tab(/settings \(/).waitFor();
    await workbench.editorShows('colour: blue');
  });

  it('leaves nothing behind where a capture is cancelled, and captures', async () => {
    const before = await readdir(editor.workspace);
    const apiServer = await runningPid(cluster.directory, 'kube-apiserver');
    assert.ok(apiServer !== undefined);
    await describeCapture('cancelled.ptar');
    // A capture that cannot be done before somebody cancels it.
    process.kill(apiServer, 'SIGSTOP');
    try {
      await confirmCapture();
      await workbench.clickToast('Capturing', 'Cancel');
      await workbench.toast('Capturing').waitFor({ state: 'detached' });
      // The notification goes at once, the capture with its request.
      for (let waited = 0; waited < 100; waited++) {
        if ((await readdir(editor.workspace)).length === before.length) break;
        await sleep(100);
      }
      assert.deepEqual(await readdir(editor.workspace), before);
    } finally {
      process.kill(apiServer, 'SIGCONT');
    }
    await describeCapture('captured.ptar');
    await confirmCapture();
    await workbench.toast('Captured test-cluster').waitFor();
    await workbench.row('captured.ptar').waitFor();
    assert.ok((await readdir(editor.workspace)).includes('captured.ptar'));
  });

  async function describeCapture(name: string): Promise<void> {
    await workbench.command('ptar: Capture Cluster');
    await workbench.question('Capture which cluster');
    await workbench.quickRow(CONTEXT).click();
    await workbench.question('Which namespaces');
    await workbench.page.keyboard.press('Enter');
    await workbench.question('Which kinds');
    await workbench.answer('');
    await workbench.question('Archive to Make');
    await workbench.answerPath(path.join(editor.workspace, name), 'Encryption');
    await workbench.answer('');
  }

  async function confirmCapture(): Promise<void> {
    await workbench.dialog('Make an archive without encryption', 'Without Encryption');
  }
});
