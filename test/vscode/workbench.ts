/** The workbench as a person uses it. The only place where tests know the editor's DOM. */
import { mkdir } from 'node:fs/promises';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { PICTURES, pictureFile } from './pictures.ts';

/** An open menu takes clicks only from here on. */
const MENU_LISTENS_AFTER_MS = 150;

/** What functions that run in the page use of it. */
interface PageScope {
  getComputedStyle(element: unknown, part: string): { readonly content: string };
}

/** What a person sees and clicks. */
export class Workbench {
  readonly page: Page;

  constructor(page: Page) {
    this.page = page;
  }

  /** Keeps a picture of the whole window. */
  async picture(name: string): Promise<void> {
    await mkdir(PICTURES, { recursive: true });
    await this.page.screenshot({ path: pictureFile(name) });
  }

  /** Opens the container of views. */
  async openContainer(name: string): Promise<void> {
    const label = this.page.locator(`a.action-label[aria-label^="${name}"]`);
    await this.page
      .locator('.part.activitybar [role="tab"], .part.activitybar .action-item')
      .filter({ has: label })
      .first()
      .click();
  }

  /** A row of a tree by the text of its label. */
  row(label: string | RegExp): Locator {
    const exact =
      typeof label === 'string' ? new RegExp(`^${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : label;
    return this.page
      .locator('.part.sidebar .monaco-list-row')
      .filter({ has: this.page.locator('.monaco-icon-label .label-name', { hasText: exact }) })
      .first();
  }

  /** True for the row that the keyboard acts on. */
  async isFocused(label: string): Promise<boolean> {
    const focused = this.row(label).and(this.page.locator('.focused'));
    return (await focused.count()) > 0;
  }

  /** Opens a row where it is not open yet. A row that is drawn again meanwhile may not notice the click. */
  async expand(label: string | RegExp): Promise<void> {
    const row = this.row(label);
    await row.waitFor();
    for (let attempt = 0; (await row.getAttribute('aria-expanded')) !== 'true'; attempt++) {
      if (attempt === 5) throw new Error(`${String(label)} does not open`);
      await row.locator('.monaco-tl-twistie').click();
      const opened = row.and(this.page.locator('[aria-expanded="true"]'));
      await opened.waitFor({ timeout: 3000 }).catch(() => undefined);
    }
  }

  /** Waits for the mark behind a row. */
  async badge(label: string, letter: string): Promise<void> {
    const deadlineMs = Date.now() + 45_000;
    const icon = this.row(label).locator('.monaco-icon-label').first();
    // The mark is drawn by the style of the element, which has a class of its own for it.
    while (!(await icon.evaluate(markOf)).includes(letter)) {
      if (Date.now() > deadlineMs) throw new Error(`${label} has no mark ${letter}`);
      await this.page.waitForTimeout(50);
    }
  }

  tab(label: string | RegExp): Locator {
    return this.page.locator('.part.editor .tabs-container .tab[role="tab"]').filter({ hasText: label });
  }

  /** Waits until an editor shows `text`. */
  async editorShows(text: string): Promise<void> {
    await this.#editorLine(text).first().waitFor();
  }

  /** Waits until no editor shows `text`. */
  async editorHides(text: string): Promise<void> {
    await this.#editorLine(text).first().waitFor({ state: 'detached' });
  }

  #editorLine(text: string): Locator {
    // Editors draw blanks as no-break spaces.
    const pattern = new RegExp(text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&').replaceAll(' ', '[ \u00a0]'));
    return this.page.locator('.part.editor .monaco-editor .view-line', { hasText: pattern });
  }

  async editorText(): Promise<string> {
    const texts = await this.page.locator('.part.editor .monaco-editor .view-lines').allInnerTexts();
    return texts.join('\n').replaceAll('\u00a0', ' ');
  }

  get quickInput(): Locator {
    return this.page.locator('.quick-input-widget .quick-input-box input');
  }

  quickRow(label: string | RegExp): Locator {
    return this.page
      .locator('.quick-input-widget .quick-input-list .monaco-list-row')
      .filter({ hasText: label })
      .first();
  }

  /** Waits for a question with that title. */
  async question(title: string | RegExp): Promise<void> {
    await this.page.locator('.quick-input-title', { hasText: title }).waitFor();
  }

  /** Answers the question in front. */
  async answer(text: string): Promise<void> {
    await this.quickInput.fill(text);
    await this.page.keyboard.press('Enter');
  }

  /** Answers the question for a file, which takes no answer while it still reads the folder; then the question `next` is there. */
  async answerPath(path: string, next: string): Promise<void> {
    const title = this.page.locator('.quick-input-title', { hasText: next });
    for (let attempt = 0; attempt < 5; attempt++) {
      await this.answer(path);
      try {
        await title.waitFor({ timeout: 5000 });
        return;
      } catch {
        // Asked again below.
      }
    }
    throw new Error(`the question for a file does not take ${path}`);
  }

  /** Runs a command of the palette. A restoring webview can swallow the key, a view that takes the focus can close the palette. */
  async command(title: string): Promise<void> {
    for (let attempt = 0; attempt < 5; attempt++) {
      await this.page.keyboard.press('F1');
      try {
        await this.quickInput.waitFor({ timeout: 2000 });
        await this.quickInput.fill(`>${title}`, { timeout: 2000 });
        await this.quickRow(title).click({ timeout: 2000 });
        return;
      } catch {
        await this.page.keyboard.press('Escape');
        await this.page.locator('.part.statusbar').click({ position: { x: 600, y: 10 } });
      }
    }
    throw new Error(`the command palette does not run ${title}`);
  }

  /** Right-clicks and chooses. */
  async menu(target: Locator, title: string, picture?: string): Promise<void> {
    const menu = this.page.locator('.context-view .monaco-menu');
    const item = menu.locator('.action-item', { hasText: title }).first();
    await target.click({ button: 'right' });
    await item.waitFor();
    await this.page.waitForTimeout(MENU_LISTENS_AFTER_MS);
    if (picture !== undefined) await this.picture(picture);
    await item.click();
    await menu.waitFor({ state: 'detached' });
  }

  toast(text: string | RegExp): Locator {
    return this.page
      .locator('.notifications-toasts .notification-list-item')
      .filter({ hasText: text })
      .first();
  }

  /** Clicks a button of a notification. */
  async clickToast(text: string | RegExp, button: string): Promise<void> {
    const toast = this.toast(text);
    await toast.waitFor();
    await toast.hover();
    await toast.locator('.monaco-button, .monaco-text-button').filter({ hasText: button }).first().click();
  }

  async closeToasts(): Promise<void> {
    await this.command('Notifications: Clear All Notifications');
  }

  /** Clicks a button of a modal dialog that says `text`. */
  async dialog(text: string | RegExp, button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box');
    await dialog.getByText(text).first().waitFor();
    await dialog.locator('.dialog-buttons .monaco-button', { hasText: button }).click();
  }

  /** The document inside the webview in front. */
  get webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  /** Opens a file of the workspace by its name. */
  async quickOpen(name: string): Promise<void> {
    await this.page.keyboard.press('Control+P');
    await this.quickInput.waitFor();
    await this.quickInput.fill(name);
    await this.quickRow(name).waitFor();
    await this.page.keyboard.press('Enter');
  }

  async chooseTheme(name: string): Promise<void> {
    await this.command('Preferences: Color Theme');
    await this.quickInput.fill(name);
    await this.quickRow(name).click();
  }

  /** Keeps a picture of what went wrong, and leaves nothing open for the next test. */
  async recover(title: string): Promise<void> {
    await this.picture(`failed-${title.replace(/\W+/g, '-')}`);
    for (let presses = 0; presses < 3; presses++) await this.page.keyboard.press('Escape');
  }

  async closeEditors(): Promise<void> {
    await this.command('View: Close All Editors');
  }
}

/** The mark behind a label; runs in the page. */
function markOf(element: unknown): string {
  return (globalThis as unknown as PageScope).getComputedStyle(element, '::after').content;
}
