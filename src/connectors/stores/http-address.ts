import { UsageError } from '../../errors.ts';

/** Where a remote archive is, with what proves who asks kept apart from what people may see. */
export interface HttpAddress {
  /** Without user name, password and fragment. */
  readonly url: URL;
  /** For messages: without credentials; a query, which may hold a signature, is only hinted at. */
  readonly name: string;
  /** Value of the `authorization` header, from the user name and password of the URL. */
  readonly authorization: string | undefined;
}

/** True for what {@link parseHttpAddress} understands. */
export function isHttpAddress(text: string): boolean {
  return /^https?:\/\//i.test(text);
}

/** Takes a URL apart. @throws UsageError, which does not repeat the URL: it may hold a password */
export function parseHttpAddress(text: string): HttpAddress {
  let url: URL;
  let authorization: string | undefined;
  try {
    url = new URL(text);
    authorization = basicAuthorization(url);
  } catch {
    throw new UsageError('the address of the archive is not a valid http or https URL; check its spelling');
  }
  url.username = '';
  url.password = '';
  url.hash = '';
  return { url, name: nameOf(url), authorization };
}

/** `url` as people may see it. */
export function nameOf(url: URL): string {
  return `${url.origin}${url.pathname}${url.search === '' ? '' : '?…'}`;
}

/** RFC 7617 §2. */
function basicAuthorization(url: URL): string | undefined {
  if (url.username === '' && url.password === '') return undefined;
  const pair = `${decodeURIComponent(url.username)}:${decodeURIComponent(url.password)}`;
  return `Basic ${Buffer.from(pair).toString('base64')}`;
}
