/** Node's own parser and its roots decide whether ours reads certificates right. */
import assert from 'node:assert/strict';
import { X509Certificate } from 'node:crypto';
import { rootCertificates } from 'node:tls';
import fc from 'fast-check';
import { isPtarError } from '../../src/errors.ts';
import { certificatesOf } from '../../src/resources/certificates.ts';
import { jsonFrom } from '../../src/resources/json-value.ts';
import { certificatesInPem, parseCertificate } from '../../src/resources/x509.ts';

function only<Item>(items: readonly Item[]): Item {
  const [item] = items;
  assert.ok(item !== undefined && items.length === 1);
  return item;
}

describe('X.509 certificates', () => {
  it('are read as Node reads them', () => {
    assert.ok(rootCertificates.length > 50);
    for (const pem of rootCertificates) {
      const theirs = new X509Certificate(pem);
      const ours = parseCertificate(only(certificatesInPem(pem)));
      assert.equal(ours.notBeforeMs, Date.parse(theirs.validFrom));
      assert.equal(ours.notAfterMs, Date.parse(theirs.validTo));
      assert.equal(ours.isAuthority, theirs.ca, theirs.subject);
      assert.equal(BigInt(`0x${ours.serial}`), BigInt(`0x${theirs.serialNumber}`));
      const common = /^CN=(.*)$/m.exec(theirs.subject)?.[1];
      if (common !== undefined && !/[\\",]/.test(common)) {
        assert.ok(ours.subject.includes(`CN=${common}`), `${ours.subject} | ${common}`);
      }
    }
  });

  it('that are damaged are refused, whatever the damage', () => {
    const der = only(certificatesInPem(rootCertificates[0] ?? ''));
    fc.assert(
      fc.property(fc.nat(der.length - 1), fc.nat(255), fc.nat(der.length), (at, byte, length) => {
        const damaged = Uint8Array.from(der.subarray(0, length));
        damaged[at] = byte;
        try {
          parseCertificate(damaged);
        } catch (error) {
          assert.ok(isPtarError(error) && error.code === 'FORMAT_ENCODING', String(error));
        }
      }),
    );
    for (const length of [0, 1, 5, 100, der.length - 1]) {
      assert.throws(() => parseCertificate(der.subarray(0, length)), { code: 'FORMAT_ENCODING' });
    }
    assert.throws(() => parseCertificate(new Uint8Array(100_000)), { code: 'FORMAT_LIMIT' });
  });

  it('are found in Secrets, ConfigMaps and CA bundles', () => {
    const [one = '', two = ''] = rootCertificates;
    const base64 = (text: string): string => Buffer.from(text).toString('base64');
    const places = (plain: object): string[] =>
      certificatesOf(jsonFrom(plain)).map((item) => `${item.place} ${'problem' in item ? 'no' : 'yes'}`);
    const secret = {
      apiVersion: 'v1',
      kind: 'Secret',
      data: {
        'tls.crt': base64(`${one}\n${two}\n`),
        'tls.key': base64('-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n'),
        password: base64('hunter2'),
        bad: base64('-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n'),
      },
    };
    assert.deepEqual(places(secret), ['data["tls.crt"] #1 yes', 'data["tls.crt"] #2 yes', 'data.bad no']);
    const webhooks = [{ name: 'a', clientConfig: { caBundle: base64(one) } }];
    const configuration = {
      apiVersion: 'admissionregistration.k8s.io/v1',
      kind: 'ValidatingWebhookConfiguration',
      webhooks,
    };
    assert.deepEqual(places(configuration), ['webhooks[0].clientConfig.caBundle yes']);
    const configMap = { apiVersion: 'v1', kind: 'ConfigMap', data: { 'ca.crt': one, other: 'x' } };
    assert.deepEqual(places(configMap), ['data["ca.crt"] yes']);
  });
});
