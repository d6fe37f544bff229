/** Which objects and files a person wants to see: every word of the filter is somewhere in `namespace/kind/name`, whatever its case. */
export class NameFilter {
  /** As it was typed, without blanks around it. */
  readonly text: string;
  readonly #words: readonly string[];

  constructor(text: string) {
    this.text = text.trim();
    this.#words = this.text
      .toLowerCase()
      .split(/\s+/)
      .filter((word) => word !== '');
  }

  /** True where it lets everything through. */
  get isEmpty(): boolean {
    return this.#words.length === 0;
  }

  /** @param path in the snapshot; its folders count too */
  accepts(path: string): boolean {
    if (this.isEmpty) return true;
    const lower = path.toLowerCase();
    return this.#words.every((word) => lower.includes(word));
  }
}
