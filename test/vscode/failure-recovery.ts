import type { Editor } from './editor.ts';
import type { Workbench } from './workbench.ts';

/** For a suite: what a failed test leaves behind is put away, with a picture of it, and what the extension had to say is printed. */
export function recoverFailures(
  scene: () => { readonly workbench: Workbench; readonly editor: Editor },
): void {
  afterEach(async function () {
    if (this.currentTest?.state !== 'failed') return;
    const { workbench, editor } = scene();
    await workbench.recover(this.currentTest.title);
    process.stderr.write(await editor.extensionLog());
  });
}
