// Captures of a real cluster through a SOCKS proxy, as clusters behind bastions have one.
import assert from 'node:assert/strict';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parse, stringify } from 'yaml';
import { sharedCluster } from '../cluster/shared-cluster.ts';
import { startSocksServer, type SocksServer } from '../connectors/cluster-client/socks-server.ts';
import { requirement } from '../requirements.ts';
import { runPtar, type PtarRun } from './ptar-process.ts';

describe('create through a SOCKS proxy', function () {
  this.timeout(120_000);
  let folder: string;
  let proxy: SocksServer;
  let host: string;

  before(requirement('cluster'));
  before(async () => {
    host = new URL((await sharedCluster()).server).host;
  });
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'ptar-proxy-'));
    proxy = await startSocksServer('jane:s3cret');
  });
  afterEach(async () => {
    await proxy.close();
    await rm(folder, { recursive: true, force: true });
  });

  async function create(proxyUrl: string): Promise<PtarRun> {
    const { kubeconfig } = await sharedCluster();
    const config = parse(await readFile(kubeconfig, 'utf8')) as { clusters: [{ cluster: object }] };
    const [{ cluster }] = config.clusters;
    Object.assign(cluster, { 'proxy-url': proxyUrl });
    await writeFile(join(folder, 'config'), stringify(config));
    const args = [
      'create',
      '--plaintext',
      '-o',
      'a.ptar',
      '--kubeconfig',
      'config',
      '--kind',
      'ns',
      'k8s://',
    ];
    return runPtar(args, { cwd: folder });
  }

  it('reaches the API server, and says nothing of the proxy', async () => {
    const run = await create(`socks5://jane:s3cret@127.0.0.1:${proxy.port}`);
    assert.equal(run.exitCode, 0, run.stderr);
    assert.deepEqual(new Set(proxy.destinations), new Set([host]));
    assert.match(run.stderr, /^wrote a\.ptar: [^\n]*\n$/);
  });

  it('fails in one line, without the password, where the proxy does not let it in', async () => {
    const run = await create(`socks5://jane:wr0ng@127.0.0.1:${proxy.port}`);
    assert.equal(run.exitCode, 3);
    assert.deepEqual(proxy.destinations, []);
    assert.match(run.stderr, /^error: cannot reach https:[^\n]*proxy\n$/);
    assert.doesNotMatch(run.stderr, /wr0ng/);
  });
});
