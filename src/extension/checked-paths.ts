/**
 * Which paths of one snapshot are checked. A check on a folder means everything below it, also what has never been shown; below a
 * checked folder single paths can be unchecked again. The nearest mark at or above a path decides.
 */
export class CheckedPaths {
  readonly #marks = new Map<string, boolean>();

  isChecked(path: string): boolean {
    return this.#inherited(path, true);
  }

  /** Checks or unchecks `path` and all below it. */
  set(path: string, checked: boolean): void {
    const prefix = path === '/' ? '/' : `${path}/`;
    for (const marked of this.#marks.keys()) {
      if (marked === path || marked.startsWith(prefix)) this.#marks.delete(marked);
    }
    if (this.#inherited(path, false) !== checked) this.#marks.set(path, checked);
  }

  clear(): void {
    this.#marks.clear();
  }

  get isEmpty(): boolean {
    return ![...this.#marks.values()].includes(true);
  }

  /** Paths with which everything that is checked begins, without those that others cover. */
  roots(): readonly string[] {
    return [...this.#marks].filter(([, checked]) => checked).map(([path]) => path);
  }

  /** True where something below `path` is unchecked although `path` is checked. */
  hasExceptions(path: string): boolean {
    const prefix = path === '/' ? '/' : `${path}/`;
    return [...this.#marks].some(([marked, checked]) => !checked && marked.startsWith(prefix));
  }

  #inherited(path: string, withItself: boolean): boolean {
    let at = withItself ? path : parentOf(path);
    while (at !== undefined) {
      const mark = this.#marks.get(at);
      if (mark !== undefined) return mark;
      at = parentOf(at);
    }
    return false;
  }
}

function parentOf(path: string): string | undefined {
  if (path === '/') return undefined;
  const slash = path.lastIndexOf('/');
  return slash <= 0 ? '/' : path.slice(0, slash);
}
