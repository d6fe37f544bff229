/**
 * Names in groups, such as the entries of directories, each with a value: flat typed arrays, 14 bytes for each and its UTF-8 bytes. They are
 * in pages, so that nothing is copied, and no memory left behind, where they grow.
 *
 * While the names of each group come in ascending order, as most sources give them, a look at the last one tells whether another is
 * there. From the first on that comes otherwise there is a hash table, of some ten bytes for each. The hash is seeded, so that names chosen by
 * an attacker do not fall into one bucket.
 */
import { FormatError } from '../errors.ts';
import { decodeUtf8, encodeUtf8 } from './bytes.ts';
import { BLOB_COUNT_MAX, PATH_LENGTH_MAX } from './limits.ts';

const NONE = 0xffff_ffff;
/** Names of a page of rows. */
const PAGE_BITS = 14;
const PAGE_MASK = (1 << PAGE_BITS) - 1;
/** A row: group, value, place of the text. */
const ROW_WORDS = 3;
/** Bytes of a page of texts: a text, its length in two bytes before it, is in one page. */
const TEXT_PAGE_BITS = 18;
const TEXT_PAGE_LENGTH = 1 << TEXT_PAGE_BITS;
/** Pages whose bytes 32 bits can tell apart: 4 GiB of names. */
const TEXT_PAGES_MAX = 2 ** (32 - TEXT_PAGE_BITS);
/** Of the hash table. */
const SLOTS_LEAST = 64;
const NO_TEXTS = new Uint8Array(0);
const NO_ROWS = new Int32Array(0);

/** Names by group, in order of insertion. */
export class NameTable {
  #count = 0;
  readonly #rows: Int32Array[] = [];
  readonly #texts: Uint8Array[] = [];
  /** Bytes taken of the last page of texts. */
  #textLength = TEXT_PAGE_LENGTH;
  /** The last name of each group, or −1: the greatest, while there is no hash table. */
  readonly #lasts: number[] = [];
  /** Indices by hash; three quarters at most are taken. */
  #slots: Uint32Array | undefined;
  /** The name that is looked for. */
  #name: Uint8Array = new Uint8Array(256);
  #nameLength = 0;
  readonly #seed: number;

  /** `seed`: 32 random bits. */
  constructor(seed: number) {
    this.#seed = seed | 0;
  }

  /** Names in the table. */
  get count(): number {
    return this.#count;
  }

  /** Index of a name, or −1. */
  find(group: number, name: string): number {
    this.#take(name);
    return this.#find(group);
  }

  /**
   * Adds a name of at most 65535 bytes, or gives it another value where it is there.
   * @param group groups are numbered from 0 on without gaps
   * @param value 32 bits with a sign
   * @throws FormatError FORMAT_LIMIT
   */
  set(group: number, name: string, value: number): void {
    this.#take(name);
    const known = this.#find(group);
    if (known >= 0) {
      this.setValue(known, value);
      return;
    }
    const index = this.#count;
    if (index >= BLOB_COUNT_MAX) limit(`more than ${BLOB_COUNT_MAX} names`);
    const place = this.#keepText();
    if ((index & PAGE_MASK) === 0) this.#rows.push(new Int32Array(ROW_WORDS << PAGE_BITS));
    const rows = this.#rowsOf(index);
    const at = rowAt(index);
    rows[at] = group;
    rows[at + 1] = value;
    rows[at + 2] = place;
    this.#count++;
    if (this.#slots === undefined) this.#keepLast(group, index);
    else if (4 * this.#count > 3 * this.#slots.length) this.#slots = this.#makeSlots();
    else this.#slots[this.#slotOf(this.#slots, group)] = index;
  }

  /** Group of name `index`. */
  group(index: number): number {
    return this.#rowsOf(index)[rowAt(index)] ?? 0;
  }

  /** Value of name `index`. */
  value(index: number): number {
    return this.#rowsOf(index)[rowAt(index) + 1] ?? 0;
  }

  /** Gives name `index` another value. */
  setValue(index: number, value: number): void {
    this.#rowsOf(index)[rowAt(index) + 1] = value;
  }

  /** Name `index` itself. */
  name(index: number): string {
    const place = this.#placeOf(index);
    const texts = this.#textsAt(place);
    const begin = textAt(place) + 2;
    return decodeUtf8(texts.subarray(begin, begin + lengthAt(texts, begin)));
  }

  /** Indices of all names: those of a group behind each other in the order of their bytes, groups as `groups` names them, each once. */
  inOrder(groups: readonly number[]): Uint32Array {
    const ends = new Uint32Array(groups.reduce((most, group) => Math.max(most, group), 0) + 1);
    for (let index = 0; index < this.#count; index++) {
      const group = this.group(index);
      ends[group] = (ends[group] ?? 0) + 1;
    }
    let begin = 0;
    for (const group of groups) {
      const count = ends[group] ?? 0;
      ends[group] = begin;
      begin += count;
    }
    const order = new Uint32Array(this.#count);
    for (let index = 0; index < this.#count; index++) {
      const group = this.group(index);
      const at = ends[group] ?? 0;
      ends[group] = at + 1;
      order[at] = index;
    }
    begin = 0;
    for (const group of groups) {
      const end = ends[group] ?? 0;
      this.#sort(order.subarray(begin, end));
      begin = end;
    }
    return order;
  }

  /** Most sources name what is in a directory in order. */
  #sort(order: Uint32Array): void {
    for (let at = 1; at < order.length; at++) {
      if (this.#compare(order[at - 1] ?? 0, order[at] ?? 0) <= 0) continue;
      order.sort((one, two) => this.#compare(one, two));
      return;
    }
  }

  #compare(one: number, two: number): number {
    const placeOne = this.#placeOf(one);
    const placeTwo = this.#placeOf(two);
    const textsOne = this.#textsAt(placeOne);
    const textsTwo = this.#textsAt(placeTwo);
    const at = textAt(placeOne) + 2;
    return compareAt(textsOne, at, lengthAt(textsOne, at), textsTwo, textAt(placeTwo) + 2);
  }

  #rowsOf(index: number): Int32Array {
    return this.#rows[index >>> PAGE_BITS] ?? NO_ROWS;
  }

  /** Where the text of name `index` is: its page, and in the lower bits where in there. */
  #placeOf(index: number): number {
    return (this.#rowsOf(index)[rowAt(index) + 2] ?? 0) >>> 0;
  }

  #textsAt(place: number): Uint8Array {
    return this.#texts[place >>> TEXT_PAGE_BITS] ?? NO_TEXTS;
  }

  /** Makes `name` what is looked for. */
  #take(name: string): void {
    if (name.length > this.#name.length) this.#name = new Uint8Array(2 * name.length);
    const bytes = this.#name;
    for (let at = 0; at < name.length; at++) {
      const unit = name.charCodeAt(at);
      if (unit >= 0x80) {
        this.#name = encodeUtf8(name);
        this.#nameLength = this.#name.length;
        return;
      }
      bytes[at] = unit;
    }
    this.#nameLength = name.length;
  }

  /** Keeps the name that is looked for. @returns where */
  #keepText(): number {
    const length = this.#nameLength;
    if (length >= PATH_LENGTH_MAX) limit(`a name of ${length} bytes`);
    if (this.#textLength + 2 + length > TEXT_PAGE_LENGTH) {
      if (this.#texts.length === TEXT_PAGES_MAX) limit('more than 4 GiB of names');
      this.#texts.push(new Uint8Array(TEXT_PAGE_LENGTH));
      this.#textLength = 0;
    }
    const page = this.#texts.length - 1;
    const texts = this.#texts[page] ?? NO_TEXTS;
    const at = this.#textLength;
    texts[at] = length;
    texts[at + 1] = length >>> 8;
    const name = this.#name;
    for (let byte = 0; byte < length; byte++) texts[at + 2 + byte] = name[byte] ?? 0;
    this.#textLength = at + 2 + length;
    return (page << TEXT_PAGE_BITS) | at;
  }

  #keepLast(group: number, index: number): void {
    while (this.#lasts.length <= group) this.#lasts.push(-1);
    this.#lasts[group] = index;
  }

  /** Index of the name that is looked for, or −1. */
  #find(group: number): number {
    if (this.#slots === undefined) {
      const last = this.#lasts[group] ?? -1;
      const order = last < 0 ? 1 : this.#compareToName(last);
      if (order >= 0) return order === 0 ? last : -1;
      this.#slots = this.#makeSlots();
    }
    const index = this.#slots[this.#slotOf(this.#slots, group)] ?? NONE;
    return index === NONE ? -1 : index;
  }

  /** Order of the name that is looked for against name `index`. */
  #compareToName(index: number): number {
    const place = this.#placeOf(index);
    const texts = this.#textsAt(place);
    return compareAt(this.#name, 0, this.#nameLength, texts, textAt(place) + 2);
  }

  /** Slot of the name that is looked for. */
  #slotOf(slots: Uint32Array, group: number): number {
    const mask = slots.length - 1;
    let slot = this.#hash(group, this.#name, 0, this.#nameLength) & mask;
    for (;;) {
      const index = slots[slot] ?? NONE;
      if (index === NONE || (this.group(index) === group && this.#isName(index))) return slot;
      slot = (slot + 1) & mask;
    }
  }

  #isName(index: number): boolean {
    const place = this.#placeOf(index);
    const texts = this.#textsAt(place);
    const begin = textAt(place) + 2;
    const length = this.#nameLength;
    if (lengthAt(texts, begin) !== length) return false;
    // From the end, where those of one directory differ as a rule.
    for (let byte = length - 1; byte >= 0; byte--) {
      if (texts[begin + byte] !== this.#name[byte]) return false;
    }
    return true;
  }

  #hash(group: number, bytes: Uint8Array, begin: number, length: number): number {
    let hash = mix(this.#seed ^ group);
    for (let at = begin; at < begin + length; at++) hash = mix(hash ^ (bytes[at] ?? 0));
    return hash;
  }

  /** The table of all names, half full at most. */
  #makeSlots(): Uint32Array {
    const length = 2 ** Math.ceil(Math.log2(Math.max(SLOTS_LEAST, 2 * this.#count)));
    const mask = length - 1;
    const slots = new Uint32Array(length).fill(NONE);
    for (let index = 0; index < this.#count; index++) {
      const place = this.#placeOf(index);
      const texts = this.#textsAt(place);
      const begin = textAt(place) + 2;
      let slot = this.#hash(this.group(index), texts, begin, lengthAt(texts, begin)) & mask;
      while (slots[slot] !== NONE) slot = (slot + 1) & mask;
      slots[slot] = index;
    }
    return slots;
  }
}

function rowAt(index: number): number {
  return (index & PAGE_MASK) * ROW_WORDS;
}

/** Where in its page a text begins with its length. */
function textAt(place: number): number {
  return place & (TEXT_PAGE_LENGTH - 1);
}

/** Length of the text that begins at `begin`. */
function lengthAt(texts: Uint8Array, begin: number): number {
  return (texts[begin - 2] ?? 0) | ((texts[begin - 1] ?? 0) << 8);
}

/** Order of the `length` bytes at `at` of `bytes` against the text that begins at `begin` of `texts`. */
function compareAt(bytes: Uint8Array, at: number, length: number, texts: Uint8Array, begin: number): number {
  const other = lengthAt(texts, begin);
  const common = Math.min(length, other);
  for (let byte = 0; byte < common; byte++) {
    const difference = (bytes[at + byte] ?? 0) - (texts[begin + byte] ?? 0);
    if (difference !== 0) return difference;
  }
  return length - other;
}

function mix(hash: number): number {
  const mixed = Math.imul(hash, 0x9e37_79b1);
  return mixed ^ (mixed >>> 15);
}

function limit(what: string): never {
  throw new FormatError('FORMAT_LIMIT', `${what} in one snapshot`, { section: 'Limits' });
}
