// The layers of ARCHITECTURE.md. A folder imports only from the layers above it in that list.
/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    {
      name: 'no-cycles',
      comment: 'A cycle hides which part rests on which.',
      severity: 'error',
      from: {},
      to: { circular: true },
    },
    {
      name: 'format-is-pure',
      comment: 'src/format runs in Node, workers and browsers: no node: modules, network or Kubernetes.',
      severity: 'error',
      from: { path: '^src/format/' },
      to: { path: '^src/', pathNot: '^src/(format|kernels)/|^src/errors\\.ts$' },
    },
    {
      name: 'format-no-node',
      severity: 'error',
      comment: 'As above.',
      from: { path: '^src/(format|kernels|resources)/|^src/errors\\.ts$' },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'resources-are-pure',
      comment: 'src/resources is pure functions over objects: no I/O, no archive.',
      severity: 'error',
      from: { path: '^src/resources/' },
      to: { path: '^src/', pathNot: '^src/resources/|^src/errors\\.ts$' },
    },
    {
      name: 'platform-implements-ports',
      comment: 'src/platform knows the ports of src/format and nothing above.',
      severity: 'error',
      from: { path: '^src/platform/' },
      to: { path: '^src/(connectors|operations|cli|extension)' },
    },
    {
      name: 'connectors-below-operations',
      comment: 'A connector does not know what a person does with it.',
      severity: 'error',
      from: { path: '^src/connectors/' },
      to: { path: '^src/(operations|cli|extension)' },
    },
    {
      name: 'connectors-do-not-know-each-other',
      comment:
        'Except cluster-client, which the connectors of one cluster share, and the files directly in src/connectors.',
      severity: 'error',
      from: { path: '^src/connectors/([^/]+)/' },
      to: { path: '^src/connectors/[^/]+/', pathNot: '^src/connectors/($1|cluster-client)/' },
    },
    {
      name: 'operations-below-front-ends',
      comment: 'Operations serve every front end alike.',
      severity: 'error',
      from: { path: '^src/operations/' },
      to: { path: '^src/(cli|extension)' },
    },
    {
      name: 'cli-not-extension',
      comment: 'Neither front end imports the other.',
      severity: 'error',
      from: { path: '^src/cli' },
      to: { path: '^src/extension/' },
    },
    {
      name: 'extension-not-cli',
      comment: 'Neither front end imports the other.',
      severity: 'error',
      from: { path: '^src/extension/' },
      to: { path: '^src/cli' },
    },
    {
      name: 'only-adapters-import-vscode',
      comment: 'The explorer’s model runs, and is tested, without an editor.',
      severity: 'error',
      from: { path: '^src/', pathNot: '^src/extension/vscode/' },
      to: { path: '^vscode$|^node_modules/@types/vscode/|^src/extension/vscode/' },
    },
    {
      name: 'product-not-dev-dependencies',
      comment: 'What ships depends only on what is installed with it.',
      severity: 'error',
      from: { path: '^src/' },
      to: {
        dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'],
        // The editor brings it.
        pathNot: '^vscode$|^node_modules/@types/vscode/',
      },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types'] },
  },
};
