// Loaded into a child with --import: prints the URL of every module that it loads.
import { register } from 'node:module';

const hook = `export async function load(url, context, next) {
  process._rawDebug('module ' + url);
  return next(url, context);
}`;
register(`data:text/javascript,${encodeURIComponent(hook)}`);
