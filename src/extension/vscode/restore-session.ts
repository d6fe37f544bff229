import * as vscode from 'vscode';
import type { Plan } from '../../operations/plan/plan.ts';
import type { ObjectTransform } from '../../operations/plan/restore-events.ts';

/** A plan that a person is looking at. */
export interface OpenPlan {
  readonly plan: Plan;
  readonly archiveKey: string;
  readonly context: string;
  readonly transform?: ObjectTransform;
}

/** A restore that can be taken back. */
export interface DoneRestore {
  readonly restoreId: string;
  readonly context: string;
}

/** Where the restore of this window stands: a plan, a restore that is done, both or neither. */
export class RestoreSession {
  #plan: OpenPlan | undefined;
  #done: DoneRestore | undefined;

  get plan(): OpenPlan | undefined {
    return this.#plan;
  }

  get done(): DoneRestore | undefined {
    return this.#done;
  }

  /** Also tells the menus. */
  async set(state: {
    readonly plan?: OpenPlan | undefined;
    readonly done?: DoneRestore | undefined;
  }): Promise<void> {
    this.#plan = state.plan;
    this.#done = state.done;
    await vscode.commands.executeCommand('setContext', 'ptar.planIsOpen', state.plan !== undefined);
    await vscode.commands.executeCommand('setContext', 'ptar.canUndo', state.done !== undefined);
  }
}
