/** The workbench as a person uses it. With `quick-input.ts` the only place where tests know the editor's DOM. */
import { mkdir } from 'node:fs/promises';
import type { FrameLocator, Locator, Page } from 'playwright-core';
import { comesTrue, insist } from './insist.ts';
import { dropOn, markOf } from './page-functions.ts';
import { PICTURES, pictureFile } from './pictures.ts';
import { QuickInput } from './quick-input.ts';

/** Limit of one attempt at a click. */
const ATTEMPT_MS = 3000;
/** How long an open menu takes no clicks, about. */
const MENU_PATIENCE_MS = 200;
/** How long a row may take, which may have to be read first. */
const ROW_LIMIT_MS = 10_000;
/** Most rows that the keyboard goes down. */
const FOCUS_STEPS_MAX = 60;
const SCROLL_PATIENCE_MS = 500;
/** How long a mark may take. */
const MARK_LIMIT_MS = 45_000;

/** What a person sees and clicks. */
export class Workbench {
  readonly page: Page;
  readonly quick: QuickInput;

  constructor(page: Page) {
    this.page = page;
    this.quick = new QuickInput(page);
  }

  /** Keeps a picture of the whole window. */
  async picture(name: string): Promise<void> {
    await mkdir(PICTURES, { recursive: true });
    await this.page.screenshot({ path: pictureFile(name) });
  }

  /** Opens the container of views; a click on the open one would close it. */
  async openContainer(name: string): Promise<void> {
    const label = this.page.locator(`a.action-label[aria-label^="${name}"]`);
    const tab = this.page.locator('.part.activitybar .action-item').filter({ has: label }).first();
    const opened = tab.and(this.page.locator('.checked'));
    await tab.waitFor();
    await insist(
      `${name} opens`,
      () => tab.click({ timeout: ATTEMPT_MS }),
      () => opened.isVisible(),
    );
  }

  /** Drops what other programs, or the editor's own tree of files, hand over on a row, until `holds`. */
  async drop(uris: readonly string[], on: Locator, holds: () => Promise<boolean>): Promise<void> {
    await on.waitFor();
    await insist(
      'what is dropped is taken',
      async () => {
        for (const type of ['dragenter', 'dragover', 'drop']) {
          await on.evaluate(dropOn, { type, list: uris.join('\r\n') });
        }
      },
      holds,
    );
  }

  /** A row of a tree by the text of its label. */
  row(label: string | RegExp): Locator {
    const exact =
      typeof label === 'string' ? new RegExp(`^${label.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`) : label;
    return (
      this.page
        .locator('.part.sidebar .monaco-list-row')
        .filter({ has: this.page.locator('.monaco-icon-label .label-name', { hasText: exact }) })
        // Views that are behind others keep their rows.
        .filter({ visible: true })
        .first()
    );
  }

  /** True for the row that the keyboard acts on. */
  async isFocused(label: string): Promise<boolean> {
    const focused = this.row(label).and(this.page.locator('.focused'));
    return (await focused.count()) > 0;
  }

  /**
   * Opens rows, each below the one before, where they are not open yet. A row that is drawn again meanwhile may not notice the click, and
   * a tree that is read again may close what was open.
   */
  async expand(...labels: readonly (string | RegExp)[]): Promise<void> {
    const isOpen = (label: string | RegExp): Promise<boolean> =>
      this.row(label).and(this.page.locator('[aria-expanded="true"]')).isVisible();
    const areOpen = async (): Promise<boolean> => {
      for (const label of labels) if (!(await isOpen(label))) return false;
      return true;
    };
    await insist(
      `${labels.join(' > ')} opens`,
      async () => {
        for (const label of labels) {
          await this.row(label).waitFor({ timeout: ROW_LIMIT_MS });
          if (await isOpen(label)) continue;
          await this.row(label).locator('.monaco-tl-twistie').click({ timeout: ATTEMPT_MS });
          await comesTrue(() => isOpen(label), ATTEMPT_MS);
        }
      },
      areOpen,
    );
  }

  /** Closes an open row. */
  async collapse(label: string | RegExp): Promise<void> {
    const row = this.row(label);
    await insist(
      `${String(label)} closes`,
      () => row.locator('.monaco-tl-twistie').click({ timeout: ATTEMPT_MS }),
      () => row.and(this.page.locator('[aria-expanded="false"]')).isVisible(),
    );
  }

  /** Goes to the end of the first tree, or its beginning, until a row is drawn: those that are out of sight are not. */
  async scrollTo(label: string | RegExp): Promise<void> {
    const row = this.row(label);
    await insist(
      `${String(label)} comes into sight`,
      async (attempt) => {
        await this.page.locator('.part.sidebar .monaco-list').first().focus({ timeout: ATTEMPT_MS });
        await this.page.keyboard.press(attempt % 2 === 1 ? 'End' : 'Home');
      },
      () => row.isVisible(),
      SCROLL_PATIENCE_MS,
    );
  }

  /** Rests on something until what is said of it has `text`. */
  async hover(target: Locator, text: string): Promise<void> {
    const said = this.#hovers.filter({ hasText: text });
    await insist(
      `it says ${text}`,
      async () => {
        await this.page.mouse.move(0, 0);
        await target.hover({ timeout: ATTEMPT_MS });
      },
      () => said.first().isVisible(),
    );
  }

  /** What is said of what the mouse rests on. */
  async hoverText(): Promise<string> {
    return (await this.#hovers.allInnerTexts()).join('\n');
  }

  get #hovers(): Locator {
    return this.page.locator('.workbench-hover');
  }

  sidebarText(): Promise<string> {
    return this.page.locator('.part.sidebar').innerText();
  }

  /** Checks the box of a row. */
  check(label: string | RegExp): Promise<void> {
    return this.#setBox(label, 'true');
  }

  uncheck(label: string | RegExp): Promise<void> {
    return this.#setBox(label, 'false');
  }

  #setBox(label: string | RegExp, state: string): Promise<void> {
    const box = this.row(label).locator('[role="checkbox"]');
    return insist(
      `the box of ${String(label)} becomes ${state}`,
      () => box.click({ timeout: ATTEMPT_MS }),
      async () => (await box.getAttribute('aria-checked', { timeout: ATTEMPT_MS })) === state,
    );
  }

  /** Waits until a terminal shows `text`, and presses `key` in it until then. */
  async terminalShows(text: string, key?: string): Promise<void> {
    const terminal = this.page.locator('.terminal.xterm');
    await terminal.waitFor();
    await insist(
      `the terminal shows ${text}`,
      async () => {
        if (key !== undefined) await terminal.locator('textarea').press(key, { timeout: ATTEMPT_MS });
      },
      async () => (await terminal.locator('.xterm-rows').innerText()).replaceAll('\n', '').includes(text),
    );
  }

  /** Clicks a row until the editor that it leads to is there. */
  async open(label: string | RegExp, tab: string | RegExp): Promise<void> {
    await this.row(label).waitFor();
    await insist(
      `${String(label)} opens ${String(tab)}`,
      () => this.row(label).click({ timeout: ATTEMPT_MS }),
      () => this.tab(tab).isVisible(),
    );
  }

  /** Moves the focus of the list in front, step by step, to the row with that label. */
  async focusRow(label: string): Promise<void> {
    for (let steps = 0; steps < FOCUS_STEPS_MAX && !(await this.isFocused(label)); steps++) {
      const before = await this.#focusedRow();
      await this.page.keyboard.press('ArrowDown');
      await comesTrue(async () => (await this.#focusedRow()) !== before, ATTEMPT_MS);
    }
  }

  async #focusedRow(): Promise<string> {
    const ids = this.page.locator('.part.sidebar .monaco-list-row.focused');
    return (await ids.evaluateAll((rows) => rows.map((row) => (row as { id: string }).id))).join();
  }

  /** Waits for the mark behind a row, which is drawn by the style of the element. */
  async badge(label: string, letter: string): Promise<void> {
    const icon = this.row(label).locator('.monaco-icon-label').first();
    const isThere = async (): Promise<boolean> => (await icon.evaluate(markOf)).includes(letter);
    if (!(await comesTrue(isThere, MARK_LIMIT_MS))) throw new Error(`${label} has no mark ${letter}`);
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

  /** Right-clicks and chooses. */
  async menu(target: Locator, title: string, picture?: string): Promise<void> {
    const item = this.#menu.locator('.action-item', { hasText: title }).first();
    await this.#openMenu(target, item);
    if (picture !== undefined) await this.picture(picture);
    let isClicked = false;
    // For a moment an open menu takes no clicks, so that the click that opened it chooses nothing; a view that takes the focus closes it.
    await insist(
      `${title} is chosen`,
      async () => {
        if (!(await item.isVisible())) await this.#openMenu(target, item);
        await item.click({ timeout: ATTEMPT_MS });
        isClicked = true;
      },
      async () => isClicked && !(await this.#menu.isVisible()),
      MENU_PATIENCE_MS,
    );
  }

  /** What the menu of a right-click offers and does not grey out, its entries as they read. */
  async menuEntries(target: Locator): Promise<readonly string[]> {
    const first = this.#menu.locator('.action-item').first();
    const labels = this.#menu.locator('.action-item:not(.disabled) .action-label');
    let entries: readonly string[] = [];
    // A view that takes the focus closes the menu before it is read.
    await insist(
      'the menu is read',
      async () => {
        await this.#openMenu(target, first);
        entries = await labels.allInnerTexts();
      },
      () => Promise.resolve(entries.length > 0),
      MENU_PATIENCE_MS,
    );
    await insist(
      'the menu closes',
      () => this.page.keyboard.press('Escape'),
      async () => !(await this.#menu.isVisible()),
    );
    return entries.map((entry) => entry.trim()).filter((entry) => entry !== '');
  }

  /** Chooses in the menu of the focused row with keys alone. */
  async menuByKeyboard(title: string): Promise<void> {
    const chosen = this.#menu.locator('.action-item.focused', { hasText: title });
    await insist(
      'the menu opens',
      () => this.page.keyboard.press('Shift+F10'),
      () => this.#menu.isVisible(),
    );
    for (let steps = 0; steps < FOCUS_STEPS_MAX && !(await chosen.isVisible()); steps++) {
      await this.page.keyboard.press('ArrowDown');
    }
    await insist(
      `${title} is chosen`,
      () => this.page.keyboard.press('Enter'),
      async () => !(await this.#menu.isVisible()),
    );
  }

  async #openMenu(target: Locator, item: Locator): Promise<void> {
    await target.waitFor();
    await insist(
      'the menu opens',
      async (attempt) => {
        if (attempt > 1) await this.page.keyboard.press('Escape');
        await target.click({ button: 'right', timeout: ATTEMPT_MS });
      },
      () => item.isVisible(),
    );
  }

  get #menu(): Locator {
    return this.page.locator('.context-view .monaco-menu');
  }

  /** A notification, also one that went to the centre because nobody looked in time. */
  toast(text: string | RegExp): Locator {
    return this.page
      .locator('.notifications-toasts, .notifications-center.visible')
      .locator('.notification-list-item')
      .filter({ hasText: text })
      .first();
  }

  /** Waits for a notification, and fetches it from the centre where it was there before. */
  async toastShows(text: string | RegExp): Promise<void> {
    await insist(
      `a notification says ${String(text)}`,
      (attempt) => (attempt % 3 === 0 ? this.#openCentre() : Promise.resolve()),
      () => this.toast(text).isVisible(),
    );
  }

  /** Clicks a button of a notification. */
  async clickToast(text: string | RegExp, button: string): Promise<void> {
    await this.toastShows(text);
    const target = this.toast(text).locator('.monaco-button').filter({ hasText: button }).first();
    await insist(
      `${button} of the notification is clicked`,
      async () => {
        await this.toast(text).hover({ timeout: ATTEMPT_MS });
        await target.click({ timeout: ATTEMPT_MS });
      },
      async () => !(await target.isVisible()),
    );
  }

  async closeToasts(): Promise<void> {
    await this.quick.command('Notifications: Clear All Notifications');
    await this.toast(/./).waitFor({ state: 'detached' });
  }

  #openCentre(): Promise<void> {
    return this.quick.command('Notifications: Show Notifications');
  }

  /** Clicks a button of a modal dialog that says `text`. */
  async dialog(text: string | RegExp, button: string): Promise<void> {
    const dialog = this.page.locator('.monaco-dialog-box').filter({ hasText: text });
    await dialog.waitFor();
    await insist(
      `the dialog takes ${button}`,
      () =>
        dialog.locator('.dialog-buttons .monaco-button', { hasText: button }).click({ timeout: ATTEMPT_MS }),
      async () => !(await dialog.isVisible()),
    );
  }

  /** The document inside the webview in front. */
  get webview(): FrameLocator {
    return this.page.frameLocator('iframe.webview.ready').frameLocator('iframe#active-frame');
  }

  async chooseTheme(name: string): Promise<void> {
    await this.quick.command('Preferences: Color Theme');
    await this.quick.input.fill(name);
    await insist(
      `the theme ${name} is chosen`,
      () => this.quick.row(name).click({ timeout: ATTEMPT_MS }),
      async () => !(await this.quick.input.isVisible()),
    );
  }

  /** Keeps a picture of what went wrong, and leaves nothing open for the next test. */
  async recover(title: string): Promise<void> {
    await this.picture(`failed-${title.replace(/\W+/g, '-')}`);
    for (let presses = 0; presses < 3; presses++) await this.page.keyboard.press('Escape');
  }

  async closeEditors(): Promise<void> {
    await this.quick.command('View: Close All Editors');
    await this.tab(/./).first().waitFor({ state: 'detached' });
  }
}
