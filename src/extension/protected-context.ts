/** True where one of `patterns` is the whole of `context`; `*` stands for any text. */
export function isProtectedContext(context: string, patterns: readonly string[]): boolean {
  return patterns.some((pattern) => {
    const source = pattern
      .split('*')
      .map((part) => part.replace(/[\\^$.|?+()[\]{}]/g, '\\$&'))
      .join('.*');
    return new RegExp(`^${source}$`, 's').test(context);
  });
}
