/** The archive keys of the encrypted fixtures, derived once from their passphrase: with these no test has to run Argon2id. */
const KEYS: Readonly<Record<string, string>> = {
  'basic-encrypted': '3a561143644e0001ae2f67387dd306dcdb5939ad69a51de151514ff6ff28bfb2',
  'chunks-encrypted': '3a7fc4d5284a259cf669e2bae9908ce1e73718cccc40bab6f4c0cd1be03e580d',
  'multi-encrypted': '8165950da9ba6e0eee58948b1d2ec48776463e54d78ae5364aaa97531e8e2937',
};

/** The 32-byte archive key of a fixture; undefined where it is plaintext. */
export function archiveKeyOf(fixtureName: string): Uint8Array | undefined {
  const key = KEYS[fixtureName];
  return key === undefined ? undefined : Uint8Array.from(Buffer.from(key, 'hex'));
}
