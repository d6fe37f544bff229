import { UsageError } from '../errors.ts';
import type { Exporter, Importer } from './connector.ts';
import type { FilesystemExporterOptions } from './filesystem/exporter.ts';
import type { KubernetesExportOptions, KubernetesImportOptions } from './kubernetes/index.ts';
import type { TarTargetOptions } from './tar/tar-target.ts';

/** What importers understand beyond their URI; each takes what concerns it. */
export interface ImporterOptions {
  readonly kubernetes?: KubernetesImportOptions;
  /** Files that are left out: the archive being written. */
  readonly excludePaths?: readonly string[];
}

/** What exporters understand beyond their URI. */
export interface ExporterOptions {
  readonly kubernetes?: KubernetesExportOptions;
  readonly filesystem?: FilesystemExporterOptions;
  readonly tar?: TarTargetOptions;
}

interface Scheme {
  /** How its URIs look, for messages. */
  readonly form: string;
  readonly openImporter?: (uri: string, options: ImporterOptions) => Promise<Importer>;
  readonly openExporter?: (uri: string, options: ExporterOptions) => Promise<Exporter>;
}

const FILESYSTEM: Scheme = {
  form: 'PATH',
  openImporter: async (uri, { excludePaths }) => {
    const { openFilesystemImporter } = await import('./filesystem/importer.ts');
    return openFilesystemImporter(
      withoutScheme(uri, 'fs'),
      excludePaths === undefined ? {} : { excludePaths },
    );
  },
  openExporter: async (uri, { filesystem }) => {
    const { openFilesystemExporter } = await import('./filesystem/exporter.ts');
    return openFilesystemExporter(withoutScheme(uri, 'fs'), filesystem);
  },
};

/** Every connector, by the scheme of its URIs. Loaded when it is used. */
const SCHEMES: Readonly<Record<string, Scheme>> = {
  k8s: {
    form: 'k8s://[CONTEXT][/NAMESPACE]',
    openImporter: async (uri, { kubernetes }) => {
      const { openKubernetesImporter } = await import('./kubernetes/index.ts');
      return openKubernetesImporter(uri, kubernetes);
    },
    openExporter: async (uri, { kubernetes }) => {
      const { openKubernetesExporter } = await import('./kubernetes/index.ts');
      return openKubernetesExporter(uri, kubernetes);
    },
  },
  manifests: {
    form: 'manifests:PATH',
    openImporter: async (uri) => {
      const { openManifestsImporter } = await import('./manifests/importer.ts');
      return openManifestsImporter(withoutScheme(uri, 'manifests'));
    },
  },
  tar: {
    form: 'tar:PATH',
    openImporter: async (uri) => {
      const { openTarImporter } = await import('./tar/importer.ts');
      return openTarImporter(withoutScheme(uri, 'tar'));
    },
    openExporter: async (uri, { tar }) => {
      const { openTarExporter } = await import('./tar/exporter.ts');
      return openTarExporter(withoutScheme(uri, 'tar'), tar);
    },
  },
  fs: { ...FILESYSTEM, form: 'fs:PATH' },
};

/** Opens the importer of a source URI. @throws UsageError for a scheme that is none; whatever the importer throws */
export async function openImporter(uri: string, options: ImporterOptions = {}): Promise<Importer> {
  const { openImporter: open } = schemeOf(uri, 'openImporter');
  if (open === undefined) throw new UsageError(`cannot capture from ${uri}; ${knownForms('openImporter')}`);
  return open(uri, options);
}

/** Opens the exporter of a target URI. @throws UsageError for a scheme that is none; whatever the exporter throws */
export async function openExporter(uri: string, options: ExporterOptions = {}): Promise<Exporter> {
  const { openExporter: open } = schemeOf(uri, 'openExporter');
  if (open === undefined) throw new UsageError(`cannot restore to ${uri}; ${knownForms('openExporter')}`);
  return open(uri, options);
}

function schemeOf(uri: string, direction: 'openImporter' | 'openExporter'): Scheme {
  if (uri === '') throw new UsageError(`an empty URI; ${knownForms(direction)}`);
  // One letter is a drive of Windows.
  const name = /^([A-Za-z][A-Za-z0-9+.-]+):/.exec(uri)?.[1];
  if (name === undefined) return FILESYSTEM;
  const scheme = Object.hasOwn(SCHEMES, name) ? SCHEMES[name] : undefined;
  if (scheme !== undefined) return scheme;
  throw new UsageError(
    `unknown scheme ${name}: in ${uri}; ${knownForms(direction)}; a path with a colon is ./PATH`,
  );
}

function knownForms(direction: 'openImporter' | 'openExporter'): string {
  const forms = [...Object.values(SCHEMES), FILESYSTEM].filter((scheme) => scheme[direction] !== undefined);
  return `use ${forms.map((scheme) => scheme.form).join(', ')}`;
}

function withoutScheme(uri: string, scheme: string): string {
  const path = uri.startsWith(`${scheme}:`) ? uri.slice(scheme.length + 1) : uri;
  if (path === '') throw new UsageError(`${uri} names no path; write ${scheme}:PATH`);
  // `fs:///srv` as a URI has it.
  return path.startsWith('///') ? path.slice(2) : path;
}
