/**
 * Writes l10n/bundle.l10n.json: every message of the extension that is translated, for translators to begin with. Messages are the
 * literals in calls of `vscode.l10n.t` and of `t` of src/extension/translation.ts; those of package.json are in package.nls.json.
 * Source: https://code.visualstudio.com/api/references/vscode-api#l10n
 *
 * Usage: npx tsx scripts/l10n-bundle.ts
 */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import ts from 'typescript';

const ROOT = path.join(import.meta.dirname, '..');
const SOURCES = path.join(ROOT, 'src', 'extension');
/** Where the bundle is. */
export const BUNDLE = path.join(ROOT, 'l10n', 'bundle.l10n.json');

/** Properties whose value a person reads. */
const SHOWN_PROPERTIES = new Set([
  'description',
  'detail',
  'empty',
  'label',
  'openLabel',
  'placeHolder',
  'prompt',
  'spoken',
  'text',
  'title',
  'tooltip',
]);
/** Functions whose arguments a person reads. */
const SHOWN_CALLS = /^(?:show(?:Error|Information|Warning)Message|message|report|[A-Z]\w+Error)$/;
/** What is the same in every language: names, and examples of what can be typed. */
const UNTRANSLATED = new Set([
  // Words for programs in properties of the same names.
  'none',
  'retry',
  'unlock',
  'Secret',
  'etcd',
  'ptar',
  'shop deployment',
  'https://…/prod.ptar',
  'deploy, configmaps, certificates.cert-manager.io',
]);

/** What the sources say to people. */
export interface Messages {
  /** Sorted, each once. */
  readonly translated: readonly string[];
  /** `file:line: text` of what is shown and goes through no translation, or of a message that is not literal. */
  readonly missed: readonly string[];
}

/** Reads all messages of the extension, whose sources are in `folder`. */
export function readMessages(folder = SOURCES): Messages {
  const translated = new Set<string>();
  const missed: string[] = [];
  for (const name of readdirSync(folder, { recursive: true, encoding: 'utf8' })) {
    if (!name.endsWith('.ts') || name === 'translation.ts') continue;
    const text = readFileSync(path.join(folder, name), 'utf8');
    const file = ts.createSourceFile(name, text, ts.ScriptTarget.Latest, true);
    const miss = (node: ts.Node): void => {
      missed.push(`${name}:${file.getLineAndCharacterOfPosition(node.pos).line + 1}: ${node.getText()}`);
    };
    const visit = (node: ts.Node): void => {
      if (ts.isCallExpression(node) && isTranslation(node.expression)) {
        const [message] = node.arguments;
        if (message !== undefined && ts.isStringLiteral(message)) translated.add(message.text);
        else miss(node);
        node.arguments.slice(1).forEach(visit);
        return;
      }
      for (const shown of shownIn(node)) if (isProse(shown)) miss(shown);
      ts.forEachChild(node, visit);
    };
    visit(file);
  }
  return { translated: [...translated].sort(), missed };
}

/** The text of the bundle for `translated`. */
export function bundleText(translated: readonly string[]): string {
  return `${JSON.stringify(Object.fromEntries(translated.map((message) => [message, message])), null, 2)}\n`;
}

function isTranslation(callee: ts.Expression): boolean {
  return callee.getText() === 't' || callee.getText() === 'vscode.l10n.t';
}

/** The expressions that become text at this node. */
function shownIn(node: ts.Node): readonly ts.Expression[] {
  if (ts.isPropertyAssignment(node) && SHOWN_PROPERTIES.has(node.name.getText())) {
    return branches(node.initializer);
  }
  const isCall = ts.isCallExpression(node) || ts.isNewExpression(node);
  if (!isCall || !SHOWN_CALLS.test(node.expression.getText().replace(/^.*\./s, ''))) return [];
  return (node.arguments ?? []).flatMap(branches);
}

function branches(expression: ts.Expression): readonly ts.Expression[] {
  return ts.isConditionalExpression(expression)
    ? [...branches(expression.whenTrue), ...branches(expression.whenFalse)]
    : [expression];
}

/** Literals with words in them; codes and names of things are none. */
function isProse(expression: ts.Expression): boolean {
  if (ts.isStringLiteralLike(expression)) {
    return (
      /[a-z]/.test(expression.text) &&
      !/^[A-Z_]+$/.test(expression.text) &&
      !UNTRANSLATED.has(expression.text)
    );
  }
  if (!ts.isTemplateExpression(expression)) return false;
  const texts = [expression.head, ...expression.templateSpans.map(({ literal }) => literal)];
  // `$(shield)` is a picture.
  return texts.some(({ text }) =>
    /[A-Za-z]{2}/.test(text.replace(/\$\([\w-]*\)?/g, '').replace(/[\w.-]*\.yaml/, '')),
  );
}

if (process.argv[1] === import.meta.filename) {
  mkdirSync(path.dirname(BUNDLE), { recursive: true });
  writeFileSync(BUNDLE, bundleText(readMessages().translated));
}
