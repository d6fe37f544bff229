/** What tests run inside the page. */

/** What functions that run in the page use of it. */
interface PageScope {
  readonly DataTransfer: new () => { setData(type: string, data: string): void };
  readonly DragEvent: new (type: string, options: object) => unknown;
  getComputedStyle(element: unknown, part: string): { readonly content: string };
}

/** The mark behind a label. */
export function markOf(element: unknown): string {
  return (globalThis as unknown as PageScope).getComputedStyle(element, '::after').content;
}

/** One step of dropping a list of URIs. */
export function dropOn(
  element: { getBoundingClientRect(): { x: number; y: number }; dispatchEvent(event: unknown): void },
  { type, list }: { readonly type: string; readonly list: string },
): void {
  const scope = globalThis as unknown as PageScope;
  const dataTransfer = new scope.DataTransfer();
  dataTransfer.setData('text/uri-list', list);
  const { x, y } = element.getBoundingClientRect();
  const place = { clientX: x + 20, clientY: y + 5 };
  element.dispatchEvent(
    new scope.DragEvent(type, { dataTransfer, bubbles: true, cancelable: true, ...place }),
  );
}
