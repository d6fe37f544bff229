/** Reads the tables of a Markdown page by the headings above them. */

/** The cells of one row, without the backquotes around the first words. */
export type Row = readonly string[];

/** A specification in Markdown. */
export class Specification {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  /** Titles of all sections, without those in bold. */
  headings(): ReadonlySet<string> {
    return new Set([...this.text.matchAll(/^#{2,3} (.+)$/gm)].map(([, title = '']) => title));
  }

  /** The text below a heading, or a line in bold, up to the next heading of its kind. */
  section(title: string): string {
    const heading = new RegExp(`^(#{2,3} |\\*\\*)${title}(?:\\*\\*)?(?: \\(.*\\))?$`, 'm').exec(this.text);
    if (heading === null) throw new Error(`no section ${title}`);
    const rest = this.text.slice(heading.index + heading[0].length);
    const isBold = heading[1] === '**';
    const end = rest.search(isBold ? /^(#{2,3} |\*\*[A-Za-z]\w*( \w+)?\*\*)/m : /^## /m);
    return end < 0 ? rest : rest.slice(0, end);
  }

  /** The rows of the `index`th table of a section. */
  table(title: string, index = 0): Row[] {
    const tables = this.section(title).match(/(?:^\|.*\|\n)+/gm) ?? [];
    const lines = tables[index]?.trimEnd().split('\n');
    if (lines === undefined) throw new Error(`no table ${index} in ${title}`);
    return lines.slice(2).map((line) =>
      line
        .slice(1, -1)
        .split('|')
        .map((cell) => cell.trim().replaceAll('`', '')),
    );
  }
}
