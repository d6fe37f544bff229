import * as vscode from 'vscode';

/** How far something is, for a person; `message` without a total. */
export type Report = (message: string) => void;

/** Least time between two messages. */
const INTERVAL_MS = 100;

/** Runs something long with a notification that can be cancelled. The signal is aborted when it is. */
export function withProgress<Result>(
  title: string,
  run: (signal: AbortSignal, report: Report) => Promise<Result>,
): Thenable<Result> {
  const options = { location: vscode.ProgressLocation.Notification, title, cancellable: true };
  return vscode.window.withProgress(options, async (progress, token) => {
    const controller = new AbortController();
    const subscription = token.onCancellationRequested(() => {
      controller.abort();
    });
    let lastMs = 0;
    try {
      return await run(controller.signal, (message) => {
        const nowMs = performance.now();
        if (nowMs - lastMs < INTERVAL_MS) return;
        lastMs = nowMs;
        progress.report({ message });
      });
    } finally {
      subscription.dispose();
    }
  });
}
