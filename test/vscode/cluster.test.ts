/** The explorer and a real API server: capture, restore, undo. */
import assert from 'node:assert/strict';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { captureSources } from '../../src/operations/capture.ts';
import { ptarCommand } from '../cli/ptar-process.ts';
import { binaryOf } from '../cluster/binary.ts';
import { runningPid } from '../cluster/component.ts';
import type { TestCluster } from '../cluster/harness.ts';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { requirement } from '../requirements.ts';
import { errorsOnConsole, startEditor, type Editor } from './editor.ts';
import { comesTrue } from './insist.ts';
import { extensionPackage } from './vsix.ts';
import { recoverFailures } from './failure-recovery.ts';
import { Workbench } from './workbench.ts';

const NAMESPACE = 'explorer-suite';
const OTHER_NAMESPACE = 'explorer-suite-other';
const CONTEXT = 'test-cluster';
const ROLES = ['auditor', 'reader', 'writer'];
/** Of a request that is cancelled. */
const CANCEL_LIMIT_MS = 30_000;

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
    for (const name of ROLES) {
      await cluster.kubectl(['-n', NAMESPACE, 'create', 'role', name, '--verb=get', '--resource=pods']);
    }
    const programs = await writePrograms(path.join(cluster.directory, 'programs'));
    editor = await startEditor({
      vsix: await extensionPackage(),
      settings: {
        'ptar.kubeconfig': cluster.kubeconfig,
        'ptar.protectedContexts': ['prod-*'],
        // Perl brings a program of the same name.
        'terminal.integrated.env.linux': { PATH: `${programs}:\${env:PATH}` },
      },
      environment: {
        XDG_STATE_HOME: path.join(cluster.directory, 'state'),
      },
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
  recoverFailures(() => ({ workbench, editor }));

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
    await workbench.quick.choose('Restore settings to', CONTEXT);
    await workbench.quick.choose('Into which namespace', namespace);
  }

  it('plans, restores and undoes a ConfigMap that was deleted, by right-click', async () => {
    await workbench.quick.file('cluster.ptar');
    await workbench.webview.locator('h1', { hasText: 'cluster.ptar' }).waitFor();
    await workbench.openContainer('ptar');
    await workbench.expand('cluster.ptar', /UTC$/, 'API objects', NAMESPACE, 'ConfigMap');
    await cluster.kubectl(['-n', NAMESPACE, 'delete', 'configmap', 'settings']);
    await planRestore('as captured');
    await workbench.row('Create').waitFor();
    await workbench.row('ConfigMap/settings').waitFor();
    assert.equal(await configMap(), '');
    await workbench.picture('plan');
    await workbench.quick.command('ptar: Apply Plan');
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
    await workbench.quick.command('ptar: Apply Plan');
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
    await workbench.open('ConfigMap/settings', /settings \(/);
    await workbench.editorShows('colour: red');
    await workbench.editorShows('colour: blue');
    // What is restored has moved already: only what would be written differs.
    const shown = await workbench.editorText();
    assert.equal(shown.split(`namespace: ${OTHER_NAMESPACE}`).length, 3, shown);
    assert.equal(shown.split(/^apiVersion: v1$/m).length, 3, shown);
    await workbench.picture('plan-difference');
    await workbench.quick.command('ptar: Discard Plan');
    await workbench.row('Update').waitFor({ state: 'detached' });
    assert.equal(await configMap(OTHER_NAMESPACE), 'red');
  });

  it('restores what is checked: a closed folder stands for all in it, but for what is unchecked', async () => {
    await cluster.kubectl(['-n', NAMESPACE, 'delete', 'role', ...ROLES]);
    await workbench.check('Role');
    await workbench.quick.command('ptar: Restore…');
    await workbench.quick.choose('Restore 1 checked to', CONTEXT);
    await workbench.quick.choose('Into which namespace', 'as captured');
    for (const name of ROLES) await workbench.row(`Role.rbac.authorization.k8s.io/${name}`).waitFor();
    await workbench.expand('Role');
    await workbench.uncheck('writer');
    await workbench.quick.command('ptar: Restore…');
    await workbench.quick.choose('Restore 2 checked to', CONTEXT);
    await workbench.quick.choose('Into which namespace', 'as captured');
    await workbench.row('Role.rbac.authorization.k8s.io/writer').waitFor({ state: 'detached' });
    await workbench.picture('checked');
    await workbench.quick.command('ptar: Apply Plan');
    await workbench.dialog(`Restore to ${CONTEXT}`, 'Apply');
    await workbench.row('Created').waitFor();
    const names = await cluster.kubectl(['-n', NAMESPACE, 'get', 'role', '-o', 'name']);
    assert.deepEqual(
      names.trim().split('\n'),
      ['auditor', 'reader'].map((name) => `role.rbac.authorization.k8s.io/${name}`),
    );
    await workbench.quick.command('ptar: Uncheck All');
    await workbench.quick.command('ptar: Discard Plan');
  });

  it('writes the command line of the same into a terminal, and leaves running it to a person', async () => {
    assert.equal(await configMap(), '');
    await workbench.menu(workbench.row('settings'), 'Terminal: ptar cat');
    await workbench.quick.choose('Apply settings to', CONTEXT);
    await workbench.terminalShows('kubectl apply');
    assert.equal(await configMap(), '');
    await workbench.picture('terminal');
    await workbench.terminalShows('configmap/settings created', 'Enter');
    assert.equal(await configMap(), 'blue');
    await cluster.kubectl(['-n', NAMESPACE, 'delete', 'configmap', 'settings']);
    await workbench.quick.command('Terminal: Kill All Terminals');
  });

  it('compares with the live cluster, and says what it has not', async () => {
    await workbench.closeEditors();
    await workbench.menu(workbench.row('settings'), 'Compare with Live Cluster');
    await workbench.quick.choose('Compare settings with its state in', CONTEXT);
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
      const isGone = async (): Promise<boolean> => (await readdir(editor.workspace)).length === before.length;
      await comesTrue(isGone, CANCEL_LIMIT_MS);
      assert.deepEqual(await readdir(editor.workspace), before);
    } finally {
      process.kill(apiServer, 'SIGCONT');
    }
    await describeCapture('captured.ptar');
    await confirmCapture();
    await workbench.toastShows('Captured test-cluster');
    await workbench.row('captured.ptar').waitFor();
    assert.ok((await readdir(editor.workspace)).includes('captured.ptar'));
  });

  /** Scripts for `ptar` and `kubectl`, for a terminal. @returns their folder */
  async function writePrograms(folder: string): Promise<string> {
    const programs = { ptar: ptarCommand([]), kubectl: [await binaryOf('kubectl'), 'kubectl'] };
    await mkdir(folder);
    for (const [name, words] of Object.entries(programs)) {
      const text = `#!/bin/sh\nexec ${words.map((word) => `'${word}'`).join(' ')} "$@"\n`;
      await writeFile(path.join(folder, name), text, { mode: 0o755 });
    }
    return folder;
  }

  async function describeCapture(name: string): Promise<void> {
    await workbench.quick.command('ptar: Capture Cluster');
    await workbench.quick.choose('Capture which cluster', CONTEXT);
    await workbench.quick.accept('Which namespaces');
    await workbench.quick.accept('Which kinds');
    await workbench.quick.path('Archive to Make', path.join(editor.workspace, name));
    await workbench.quick.accept('Encryption');
  }

  it('says nothing on the console', () => {
    assert.deepEqual(errorsOnConsole(editor), []);
  });

  async function confirmCapture(): Promise<void> {
    await workbench.dialog('Make an archive without encryption', 'Without Encryption');
  }
});
