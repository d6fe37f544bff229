/** What the editor asks at the top of its window: the palette, prompts, lists and files. */
import type { Locator, Page } from 'playwright-core';
import { comesTrue, insist } from './insist.ts';

/** Limit of one attempt at a click or key. */
const ATTEMPT_MS = 3000;
/** How long a folder may take to be read. */
const FOLDER_LIMIT_MS = 20_000;
/** Whatever has not changed for so long waits for a person. */
const SETTLED_AFTER_MS = 700;

/** Asks and answers as a person does: looks whether an answer was taken, and gives it again where not. */
export class QuickInput {
  readonly #page: Page;
  readonly #widget: Locator;

  constructor(page: Page) {
    this.#page = page;
    this.#widget = page.locator('.quick-input-widget');
  }

  get input(): Locator {
    return this.#widget.locator('.quick-input-box input');
  }

  /** What it says besides its title: a prompt, or why an answer cannot be taken. */
  get message(): Locator {
    return this.#widget.locator('.quick-input-message');
  }

  row(label: string | RegExp): Locator {
    return this.#widget.locator('.quick-input-list .monaco-list-row').filter({ hasText: label }).first();
  }

  /** Waits for a question with that title. */
  async question(title: string | RegExp): Promise<void> {
    await this.#title(title).waitFor();
  }

  /** Answers the question in front, which is shown. */
  async answer(text: string): Promise<void> {
    await this.input.fill(text);
    await this.#untilTaken(`the answer ${text}`, () => this.input.press('Enter', { timeout: ATTEMPT_MS }));
  }

  /** Chooses in the list with that title. */
  async choose(title: string | RegExp, label: string | RegExp): Promise<void> {
    await this.question(title);
    await this.row(label).waitFor();
    const isGone = async (): Promise<boolean> => !(await this.#title(title).isVisible());
    await insist(`${String(label)} is chosen`, () => this.row(label).click({ timeout: ATTEMPT_MS }), isGone);
  }

  /** Takes the question with that title as it stands. */
  async accept(title: string | RegExp): Promise<void> {
    await this.question(title);
    await this.#untilTaken(String(title), () => this.input.press('Enter', { timeout: ATTEMPT_MS }));
  }

  /** Answers the question for a file, whose value is that of the editor until it has read the folder. */
  async path(title: string, text: string): Promise<void> {
    await this.question(title);
    const isShown = async (): Promise<boolean> => (await this.input.inputValue()) === text;
    const isGone = async (): Promise<boolean> => !(await this.#title(title).isVisible());
    await insist(
      `the question for a file takes ${text}`,
      async () => {
        // What it writes into the input by itself comes with the files of the folder, or after.
        await this.row(/./).waitFor({ timeout: FOLDER_LIMIT_MS });
        await this.#settle();
        await this.input.fill(text, { timeout: ATTEMPT_MS });
        await this.#settle();
        if (await isShown()) await this.input.press('Enter', { timeout: ATTEMPT_MS });
      },
      isGone,
    );
  }

  /** Closes whatever is asked. */
  async cancel(): Promise<void> {
    await insist(
      'the question is cancelled',
      () => this.#page.keyboard.press('Escape'),
      async () => !(await this.#widget.isVisible()),
    );
  }

  /** Runs a command of the palette, which another part that takes the focus can close. */
  async command(title: string): Promise<void> {
    const typed = `>${title}`;
    let isClicked = false;
    await insist(
      `the palette runs ${title}`,
      async (attempt) => {
        if (attempt > 1) await this.#takeFocus();
        await this.#open('F1');
        await this.input.fill(typed, { timeout: ATTEMPT_MS });
        await this.row(title).click({ timeout: ATTEMPT_MS });
        isClicked = true;
      },
      async () => isClicked && !(await this.#isAsking(typed)),
    );
  }

  /** True where the palette offers a command. It has to be there to say no: another part that takes the focus can close it. */
  async offers(title: string): Promise<boolean> {
    const typed = `>${title}`;
    let isOffered = false;
    let isAnswered = false;
    await insist(
      `the palette says whether it offers ${title}`,
      async (attempt) => {
        if (attempt > 1) await this.#takeFocus();
        await this.#open('F1');
        await this.input.fill(typed, { timeout: ATTEMPT_MS });
        isOffered = await comesTrue(() => this.row(title).isVisible(), ATTEMPT_MS);
        isAnswered = isOffered || (await this.#isAsking(typed));
      },
      () => Promise.resolve(isAnswered),
    );
    await this.cancel();
    return isOffered;
  }

  /** Opens a file of the workspace by its name. */
  async file(name: string): Promise<void> {
    let isClicked = false;
    await insist(
      `${name} opens`,
      async (attempt) => {
        if (attempt > 1) await this.#takeFocus();
        await this.#open('Control+P');
        await this.input.fill(name, { timeout: ATTEMPT_MS });
        await this.row(name).click({ timeout: ATTEMPT_MS });
        isClicked = true;
      },
      async () => isClicked && !(await this.#isAsking(name)),
    );
  }

  #title(title: string | RegExp): Locator {
    return this.#widget.locator('.quick-input-title', { hasText: title });
  }

  async #open(key: string): Promise<void> {
    await this.#page.keyboard.press(key);
    await this.input.waitFor({ timeout: ATTEMPT_MS });
  }

  /** Away from webviews, which swallow keys while they are restored. */
  async #takeFocus(): Promise<void> {
    await this.#page.keyboard.press('Escape');
    await this.#page.locator('.part.statusbar').click({ position: { x: 600, y: 10 }, timeout: ATTEMPT_MS });
  }

  async #untilTaken(what: string, act: () => Promise<unknown>): Promise<void> {
    const before = await this.#state();
    await insist(`${what} is taken`, act, async () => (await this.#state()) !== before);
  }

  /** True while the input holds `typed`. */
  async #isAsking(typed: string): Promise<boolean> {
    if (!(await this.input.isVisible())) return false;
    return (await this.input.inputValue({ timeout: ATTEMPT_MS }).catch(() => '')) === typed;
  }

  /** Tells one question from the next. */
  async #state(): Promise<string> {
    if (!(await this.#widget.isVisible())) return '';
    const [titles, value] = await Promise.all([
      this.#widget.locator('.quick-input-title').allInnerTexts(),
      this.input.inputValue({ timeout: ATTEMPT_MS }).catch(() => ''),
    ]);
    return JSON.stringify([titles, value]);
  }

  /** Waits until it reads nothing any more, and shows the same for a while. */
  async #settle(): Promise<void> {
    const busy = this.#widget.locator('.quick-input-progress.active');
    let [before, sameSinceMs] = ['', Date.now()];
    const isSettled = async (): Promise<boolean> => {
      const rows = await this.#widget.locator('.quick-input-list .monaco-list-row').allInnerTexts();
      const now = JSON.stringify([await this.#state(), await busy.isVisible(), rows]);
      if (now !== before) [before, sameSinceMs] = [now, Date.now()];
      return Date.now() - sameSinceMs > SETTLED_AFTER_MS && !(await busy.isVisible());
    };
    await comesTrue(isSettled, FOLDER_LIMIT_MS);
  }
}
