/** `word` as one word of a POSIX shell or PowerShell: quoted where it holds anything that either would read. */
export function shellWord(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`;
}
