/** Inputs that vectors name instead of holding: the program that derived the vectors makes the same bytes. */

/** `zeros`; `noise`: incompressible; `text`: words out of 97, separated by spaces. */
export type GeneratedKind = 'zeros' | 'noise' | 'text';

/** `size` bytes of `kind`. `seed`: the first state of a 32-bit xorshift generator (13, 17, 5), not 0. */
export function generatedBytes(kind: GeneratedKind, seed: number, size: number): Uint8Array {
  const bytes = new Uint8Array(size);
  let state = seed;
  const next = (): number => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return state >>> 0;
  };
  if (kind === 'noise') {
    for (let index = 0; index < size; index++) bytes[index] = next() >>> 24;
  } else if (kind === 'text') {
    for (let index = 0; index < size;) {
      const word = next() % 97;
      for (let letter = 0; letter < 3 + (word % 7) && index < size; letter++) {
        bytes[index++] = 97 + ((word * 7 + letter * 11) % 26);
      }
      if (index < size) bytes[index++] = 32;
    }
  }
  return bytes;
}
