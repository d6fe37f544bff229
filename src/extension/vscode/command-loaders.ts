import type { Services } from './services.ts';

/** What a command does with what a menu or another command hands it. */
export type Command = (services: Services, ...args: readonly unknown[]) => unknown;

const archives = () => import('./archive-commands.ts');
const view = () => import('./view-commands.ts');
const copying = () => import('./copy-commands.ts');
const comparing = () => import('./compare-commands.ts');

/** Every command by its name behind `ptar.`, loaded when it is first used. */
export const COMMAND_LOADERS: Readonly<Record<string, () => Promise<Command>>> = {
  openArchive: async () => (await archives()).openArchive,
  openUrl: async () => (await archives()).openUrl,
  openSample: async () => (await archives()).openSample,
  closeArchive: async () => (await archives()).closeArchive,
  unlock: async () => (await archives()).unlock,
  lock: async () => (await archives()).lock,
  forgetKey: async () => (await archives()).forgetKeys,
  refresh: async () => (await archives()).refresh,
  showOverview: async () => (await archives()).showOverview,
  verify: async () => (await import('./verify-command.ts')).verify,
  loadMore: async () => (await view()).loadMore,
  filter: async () => (await view()).filter,
  clearFilter: async () => (await view()).clearFilter,
  clearChecks: async () => (await view()).clearChecks,
  clearResults: async () => (await view()).clearResults,
  openResult: async () => (await view()).openResult,
  showLog: async () => (await view()).showLog,
  goToObject: async () => (await import('./go-to-object.ts')).goToObject,
  search: async () => (await import('./search-command.ts')).search,
  revealSecret: async () => (await import('./secret-commands.ts')).revealSecret,
  hideSecret: async () => (await import('./secret-commands.ts')).hideSecret,
  copyYaml: async () => (await copying()).copyYaml,
  copyName: async () => (await copying()).copyName,
  saveAs: async () => (await copying()).saveAs,
  extract: async () => (await copying()).extract,
  openTerminal: async () => (await copying()).openTerminal,
  comparePrevious: async () => (await comparing()).comparePrevious,
  compareSnapshot: async () => (await comparing()).compareSnapshot,
  compareArchive: async () => (await comparing()).compareArchive,
  compareFile: async () => (await comparing()).compareFile,
  compareCluster: async () => (await comparing()).compareCluster,
  whatChanged: async () => (await import('./change-commands.ts')).showWhatChanged,
  restore: async () => (await import('./restore-commands.ts')).restore,
  applyPlan: async () => (await import('./apply-commands.ts')).applyPlan,
  undoRestore: async () => (await import('./apply-commands.ts')).undoRestore,
  discardPlan: async () => (await import('./restore-commands.ts')).discardPlan,
  capture: async () => (await import('./capture-command.ts')).capture,
  timeline: async () => (await import('./change-commands.ts')).showTimeline,
  history: async () => (await import('./change-commands.ts')).showHistory,
};
