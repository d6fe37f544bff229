/**
 * Builds fuzz targets with a counter in every branch of `src/`: TypeScript's own transformer puts `hits[N]++` into each block, arm
 * and operand that may or may not run; esbuild bundles the rest.
 */
import { mkdir } from 'node:fs/promises';
import path from 'node:path';
import { pathToFileURL } from 'node:url';
import { build, type Plugin } from 'esbuild';
import ts from 'typescript';

const root = path.resolve(import.meta.dirname, '../..');
const HITS = '__hits';
/** Branches that can be counted. */
const COUNTERS_MAX = 1 << 15;

/** Where a counter stands. */
export interface CounterPlace {
  readonly file: string;
  readonly line: number;
}

/** Targets whose execution is counted. */
export interface Instrumented<Module> {
  readonly module: Module;
  /** A counter for every branch; for the driver to read and clear. */
  readonly hits: Uint32Array;
  readonly places: readonly CounterPlace[];
}

/** Builds and loads `entry` (a path from the root), counting in the files whose path from the root matches `counted`. */
export async function instrument<Module>(entry: string, counted: RegExp): Promise<Instrumented<Module>> {
  const places: CounterPlace[] = [];
  // Inside node_modules, so that packages resolve.
  const outfile = path.join(
    root,
    'node_modules/.cache/ptar-fuzz',
    `${path.basename(entry, '.ts')}.${process.pid}.mjs`,
  );
  await mkdir(path.dirname(outfile), { recursive: true });
  await build({
    entryPoints: [path.join(root, entry)],
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    packages: 'external',
    sourcemap: 'inline',
    logLevel: 'warning',
    plugins: [counting(counted, places)],
  });
  const hits = new Uint32Array(COUNTERS_MAX);
  (globalThis as Record<string, unknown>)[HITS] = hits;
  const module = (await import(pathToFileURL(outfile).href)) as Module;
  return { module, hits: hits.subarray(0, places.length), places };
}

function counting(counted: RegExp, places: CounterPlace[]): Plugin {
  return {
    name: 'counting',
    setup: (bundle) => {
      bundle.onLoad({ filter: /\.ts$/ }, ({ path: file }) => {
        const name = path.relative(root, file).replaceAll('\\', '/');
        if (!counted.test(name)) return undefined;
        const source = ts.sys.readFile(file) ?? '';
        const { outputText } = ts.transpileModule(source, {
          fileName: file,
          compilerOptions: {
            target: ts.ScriptTarget.ES2023,
            module: ts.ModuleKind.ESNext,
            verbatimModuleSyntax: true,
          },
          transformers: { before: [counterTransformer(name, places)] },
        });
        return { contents: outputText, loader: 'js' };
      });
    },
  };
}

function counterTransformer(file: string, places: CounterPlace[]): ts.TransformerFactory<ts.SourceFile> {
  return (context) => (sourceFile) => {
    const { factory } = context;
    const counter = (node: ts.Node): ts.Expression => {
      const position = Math.max(0, node.getStart(sourceFile));
      places.push({ file, line: sourceFile.getLineAndCharacterOfPosition(position).line + 1 });
      const cell = factory.createElementAccessExpression(factory.createIdentifier(HITS), places.length - 1);
      return factory.createPostfixIncrement(cell);
    };
    const counted = (node: ts.Expression): ts.Expression =>
      factory.createParenthesizedExpression(factory.createComma(counter(node), visit(node) as ts.Expression));
    const statement = (node: ts.Node): ts.Statement => factory.createExpressionStatement(counter(node));
    const branch = (node: ts.Statement): ts.Statement =>
      ts.isBlock(node)
        ? (visit(node) as ts.Statement)
        : factory.createBlock([statement(node), visit(node) as ts.Statement]);
    const visit = (node: ts.Node): ts.Node => {
      if (ts.isBlock(node)) {
        const statements = node.statements.map((child) => visit(child) as ts.Statement);
        return factory.updateBlock(node, [statement(node), ...statements]);
      }
      if (ts.isIfStatement(node)) {
        const otherwise = node.elseStatement && branch(node.elseStatement);
        return factory.updateIfStatement(
          node,
          visit(node.expression) as ts.Expression,
          branch(node.thenStatement),
          otherwise,
        );
      }
      if (ts.isConditionalExpression(node)) {
        const { questionToken, colonToken } = node;
        const [condition, yes, no] = [
          visit(node.condition) as ts.Expression,
          counted(node.whenTrue),
          counted(node.whenFalse),
        ];
        return factory.updateConditionalExpression(node, condition, questionToken, yes, colonToken, no);
      }
      if (ts.isBinaryExpression(node) && isShortCircuit(node.operatorToken.kind)) {
        const left = visit(node.left) as ts.Expression;
        return factory.updateBinaryExpression(node, left, node.operatorToken, counted(node.right));
      }
      if (ts.isCaseOrDefaultClause(node)) {
        const statements = node.statements.map((child) => visit(child) as ts.Statement);
        const all = [statement(node), ...statements];
        return ts.isCaseClause(node)
          ? factory.updateCaseClause(node, node.expression, all)
          : factory.updateDefaultClause(node, all);
      }
      if (ts.isArrowFunction(node) && !ts.isBlock(node.body)) {
        const { modifiers, typeParameters, parameters, type, equalsGreaterThanToken } = node;
        const body = counted(node.body);
        return factory.updateArrowFunction(
          node,
          modifiers,
          typeParameters,
          parameters,
          type,
          equalsGreaterThanToken,
          body,
        );
      }
      return ts.visitEachChild(node, visit, context);
    };
    return visit(sourceFile) as ts.SourceFile;
  };
}

function isShortCircuit(kind: ts.SyntaxKind): boolean {
  const { AmpersandAmpersandToken, BarBarToken, QuestionQuestionToken } = ts.SyntaxKind;
  return kind === AmpersandAmpersandToken || kind === BarBarToken || kind === QuestionQuestionToken;
}
