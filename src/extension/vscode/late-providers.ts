/** What the editor is given at activation in the place of the explorer's parts, which are loaded when it first asks. */
import * as vscode from 'vscode';
import type { CLEANED_SCHEME } from '../archive-uri.ts';
import type { Node } from '../node.ts';
import type { MEMORY_SCHEME } from './compared-documents.ts';
import type { Entrance } from './entrance.ts';
import type { Explorer } from './explorer.ts';

/** Gives the explorer, loaded. */
export type LateExplorer = () => Promise<Explorer>;

// The constants themselves would bring the modules with them; their types hold these equal to them.
const DOCUMENT_SCHEMES: readonly [typeof CLEANED_SCHEME, typeof MEMORY_SCHEME] = [
  'ptar-cleaned',
  'ptar-text',
];

/** The view "Archives". */
export class LateTree implements vscode.TreeDataProvider<Node> {
  readonly #explorer: LateExplorer;
  readonly onDidChangeTreeData: vscode.Event<Node | undefined>;

  constructor(explorer: LateExplorer, onDidChangeTreeData: vscode.Event<Node | undefined>) {
    this.#explorer = explorer;
    this.onDidChangeTreeData = onDidChangeTreeData;
  }

  async getChildren(node?: Node): Promise<Node[]> {
    return (await this.#explorer()).services.tree.getChildren(node);
  }

  getParent(node: Node): Node | undefined {
    return node.parent;
  }

  async getTreeItem(node: Node): Promise<vscode.TreeItem> {
    return (await this.#explorer()).services.tree.getTreeItem(node);
  }

  async resolveTreeItem(item: vscode.TreeItem, node: Node): Promise<vscode.TreeItem> {
    return (await this.#explorer()).services.tree.resolveTreeItem(item, node);
  }
}

/** Registers file system, documents, marks and the overview. */
export function registerProviders(
  explorer: LateExplorer,
  { fileChanges, decorationChanges }: Pick<Entrance, 'fileChanges' | 'decorationChanges'>,
): vscode.Disposable {
  const files = async () => (await explorer()).fileSystem;
  return vscode.Disposable.from(
    vscode.workspace.registerFileSystemProvider(
      'ptar',
      {
        onDidChangeFile: fileChanges.event,
        watch: () => new vscode.Disposable(() => undefined),
        stat: async (uri) => (await files()).stat(uri),
        readDirectory: async (uri) => (await files()).readDirectory(uri),
        readFile: async (uri) => (await files()).readFile(uri),
        writeFile: refuse,
        createDirectory: refuse,
        delete: refuse,
        rename: refuse,
      },
      { isReadonly: true, isCaseSensitive: true },
    ),
    ...DOCUMENT_SCHEMES.map((scheme) =>
      vscode.workspace.registerTextDocumentContentProvider(scheme, {
        provideTextDocumentContent: async (uri) =>
          (await explorer()).services.documents.provideTextDocumentContent(uri),
      }),
    ),
    vscode.window.registerFileDecorationProvider({
      onDidChangeFileDecorations: decorationChanges.event,
      // Asked about every file of the workspace, too.
      provideFileDecoration: async (uri, token) =>
        uri.scheme === 'ptar' ? (await explorer()).decorations.provideFileDecoration(uri, token) : undefined,
    }),
    vscode.window.registerCustomEditorProvider(
      'ptar.overview',
      {
        openCustomDocument: (uri) => ({ uri, dispose: () => undefined }),
        resolveCustomEditor: async ({ uri }: vscode.CustomDocument, panel: vscode.WebviewPanel) => {
          const [{ showFileOverview }, { services }] = await Promise.all([
            import('./overview-editor.ts'),
            explorer(),
          ]);
          await showFileOverview(services, panel, uri.fsPath);
        },
      } satisfies vscode.CustomReadonlyEditorProvider,
      { supportsMultipleEditorsPerDocument: true },
    ),
  );
}

function refuse(uri: vscode.Uri): never {
  throw vscode.FileSystemError.NoPermissions(uri);
}
