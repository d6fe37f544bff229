import assert from 'node:assert/strict';
import { parseArchiveAddress } from '../../src/cli/archive-address.ts';

describe('archive address', () => {
  for (const [address, archive, path] of [
    ['prod.ptar', 'prod.ptar', undefined],
    ['prod.ptar:', 'prod.ptar', undefined],
    ['prod.ptar:/shop', 'prod.ptar', '/shop'],
    ['prod.ptar:shop/deploy/web', 'prod.ptar', 'shop/deploy/web'],
    ['./a:b/prod.PTAR:/etc', './a:b/prod.PTAR', '/etc'],
    ['backup:/etc', 'backup', '/etc'],
    [
      'prod.ptar:/_/rbac/ClusterRole/v1/system:node.yaml',
      'prod.ptar',
      '/_/rbac/ClusterRole/v1/system:node.yaml',
    ],
    ['backup:/x/system:node.yaml', 'backup', '/x/system:node.yaml'],
    ['C:\\backups\\prod.ptar', 'C:\\backups\\prod.ptar', undefined],
    ['C:\\backups\\prod.ptar:/C:/data', 'C:\\backups\\prod.ptar', '/C:/data'],
    ['d:/backups/prod:/shop', 'd:/backups/prod', '/shop'],
    ['C:prod.ptar', 'C:prod.ptar', undefined],
    ['\\\\server\\share\\prod.ptar:/shop', '\\\\server\\share\\prod.ptar', '/shop'],
    ['https://host/prod.ptar', 'https://host/prod.ptar', undefined],
    ['https://host:8443/prod.ptar', 'https://host:8443/prod.ptar', undefined],
    ['https://host:8443/prod.ptar:/shop', 'https://host:8443/prod.ptar', '/shop'],
    ['https://host:8443/prod:shop', 'https://host:8443/prod', 'shop'],
  ] as const) {
    it(`takes ${address} apart`, () => {
      assert.deepEqual(parseArchiveAddress(address), { archive, path });
    });
  }
});
