/** One value in every form in which Secrets hold it, and how to find it again in whatever was written. */

/** Secrets of `namespace` that hold `value`: as data, typed, as kubectl apply remembers it, for a registry, packed by Helm. */
export function secretsWith(value: string, namespace: string): string {
  const dockerConfig = JSON.stringify({ auths: { 'quay.io': { auth: base64(`robot:${value}`) } } });
  const lastApplied = JSON.stringify({
    apiVersion: 'v1',
    kind: 'Secret',
    metadata: { name: 'applied', namespace },
    stringData: { token: value },
    data: { other: base64(value) },
  });
  return `
apiVersion: v1
kind: Secret
metadata: {name: plain, namespace: ${namespace}}
data: {password: ${base64(value)}, url: ${base64(`postgres://u:${value}@db.${namespace}.svc/`)}}
---
apiVersion: v1
kind: Secret
metadata: {name: typed, namespace: ${namespace}}
stringData: {password: ${value}}
---
apiVersion: v1
kind: Secret
metadata:
  name: applied
  namespace: ${namespace}
  annotations: {kubectl.kubernetes.io/last-applied-configuration: '${lastApplied}'}
data: {token: ${base64(value)}}
---
apiVersion: v1
kind: Secret
metadata: {name: registry, namespace: ${namespace}}
type: kubernetes.io/dockerconfigjson
data: {.dockerconfigjson: ${base64(dockerConfig)}}
---
apiVersion: v1
kind: Secret
metadata: {name: sh.helm.release.v1.shop.v1, namespace: ${namespace}, labels: {owner: helm, name: shop}}
type: helm.sh/release.v1
data: {release: ${base64(base64(value))}}
`;
}

/** The forms in which `value` could be written: itself, and in base64 wherever in a longer text it stands, once and twice. */
export function formsOf(value: string): string[] {
  const once = base64Forms(value);
  return [value, ...once, ...once.flatMap(base64Forms)];
}

/** What base64 of any text with `value` in it holds, for the three places at which it may begin. */
function base64Forms(value: string): string[] {
  return [0, 1, 2].map((offset) => {
    const encoded = base64('\0'.repeat(offset) + value);
    // The first and the last digits depend on what stands beside it.
    const first = Math.ceil((offset * 8) / 6);
    const last = Math.floor(((offset + value.length) * 8) / 6);
    return encoded.slice(first, last);
  });
}

function base64(text: string): string {
  return Buffer.from(text).toString('base64');
}
