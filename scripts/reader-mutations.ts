/**
 * The checks of the reader, each with what it becomes when it is taken out. Left out are those that only another check makes
 * superfluous (a length that the offset behind it contradicts as well), and those that a small archive cannot reach.
 */

/** One check: its exact text, found once in `file` below `src/format`, and what stands there without it. */
export interface Mutation {
  readonly file: string;
  readonly check: string;
  readonly without: string;
}

const NEVER = 'if (Math.random() > 2) {';

/** Checks of the form `if (…) {`: never true when taken out. */
const conditions: Readonly<Record<string, readonly string[]>> = {
  'container.ts': [
    'if (prologue.length < MAGIC.length || !MAGIC.every((byte, index) => prologue[index] === byte)) {',
    'if (version > VERSION_1_0_0) {',
    'if (version !== VERSION_1_0_0) {',
    'if (source.size < CONTAINER_LENGTH_MIN) {',
    'if (offset !== BigInt(end)) {',
    'if (length < BigInt(WRAPPED_OVERHEAD) || length > BigInt(trailerOffset - end)) {',
    'if (end !== trailerOffset) {',
    'if (configuration.length > CONFIGURATION_LENGTH_MAX) {',
  ],
  'wrapped-object.ts': [
    'if (!MAGICS.some((magic) => equalBytes(magic, header.subarray(0, 8)))) {',
    'if (type !== expected.type) {',
    'if (!expected.versions.includes(version)) {',
  ],
  'archive-reader.ts': ['if (passphrase === undefined) {'],
  'blob-codec.ts': ['if (opened.length > sizeMax) {'],
  'blob-reader.ts': [
    'if (index < 0) {',
    'if (!UNMACED.includes(type) && !equalBytes(this.#mac.mac(plaintext), id)) {',
  ],
  'state.ts': [
    'if (expected !== undefined && expected !== length) {',
    'if (bytes.length - at !== METADATA_LENGTH) {',
    'if (offset + length > dataLength) {',
    'if (length > bytes.length - at) {',
  ],
  'packfile.ts': [
    'if (offset + length > dataLength) {',
    'if (bytes.length !== FOOTER_LENGTH) {',
    'if (indexOffset > BigInt(indexEnd)) {',
    'if (footer.count * INDEX_RECORD_LENGTH < index.length) {',
  ],
  'check.ts': [
    'if (footerLength > end - start || footerLength > FOOTER_LENGTH + 1024) {',
    'if (matched < blobs.count) {',
  ],
  'check-blobs.ts': ['if (offset < free) {'],
  'check-snapshot.ts': ["if (isWhole && path !== '/' && !directories.has(parentPath(path))) {"],
  'snapshot-reader.ts': [
    'if (!equalBytes(header.identifier, id)) {',
    'if (source === undefined || sources.length > 1) {',
    'if (objectSize(object) !== size) {',
    'if (bytes.length !== chunk.length) {',
    'if (!equalBytes(contentMac, object.contentMac)) {',
    'if (xattr.path !== entry.path || xattr.name !== name) {',
    'if (isRegular(entry.info.mode) && entry.info.size !== 0) {',
  ],
  'object.ts': ['if (chunk.length > CHUNK_SIZE_MAX) {'],
  'tree.ts': [
    'if (tree.order < 3 || tree.order > TREE_ORDER_MAX) {',
    'if (pointers > 0 ? pointers !== keys.length + 1 || values !== 0 : values !== keys.length) {',
  ],
  'tree-reader.ts': [
    'if (following.pointers !== null && following.pointers.length > 0) {',
    'if (first === undefined || last === undefined || this.#compare(last, first) >= 0) {',
  ],
  'msgpack-reader.ts': [
    'if (this.#offset !== this.#bytes.length) {',
    'if (tag < 0xcc || tag > widest) {',
    'if (tag !== full && value < (UNSIGNED_LEAST[tag - 0xcc] ?? 0)) {',
    'if (++this.#depth > MSGPACK_DEPTH_MAX) {',
  ],
  'lz4.ts': [
    'if ((flags & FLAG_VERSION_MASK) !== FLAG_VERSION) {',
    'if (contentSize !== undefined && contentSize !== size) {',
    'if (plainLength > blockSizeMax) {',
    'if (size > sizeMax) {',
    "if (input.byte('the header checksum') !== checksum) {",
    'if (checksum !== input.blocks.checksum(input.bytes.subarray(start, start + length))) {',
    "if (input.uint32('the content checksum') !== input.blocks.checksum(plain.subarray(at, output))) {",
  ],
  'lz4-block.ts': ['if (distance === 0 || distance > output - reach) {'],
};

/** Checks that are whole statements: nothing is left of them. */
const statements: Readonly<Record<string, readonly string[]>> = {
  'configuration.ts': [
    "supported('hashing algorithm', hashing.algorithm, ['BLAKE3', 'SHA256']);",
    "supported('hash length', String(hashing.bits), ['256']);",
    "supported('compression', compression.algorithm, ['LZ4', 'GZIP']);",
    "supported('subkey algorithm', encryption.subkeyAlgorithm, [SUBKEY_ALGORITHM]);",
    "supported('encryption algorithm', encryption.dataAlgorithm, [DATA_ALGORITHM]);",
    "supported('segment size', String(encryption.segmentSize), [String(SEGMENT_SIZE)]);",
  ],
  'keys.ts': [
    "within('salt bytes', salt.length, 1, SALT_LENGTH_MAX);",
    "within('Argon2id passes', time, 1, ARGON2ID_ITERATIONS_MAX);",
    "within('Argon2id lanes', threads, 1, ARGON2ID_PARALLELISM_MAX);",
    "within('KiB of Argon2id memory', memory, 8 * threads, ARGON2ID_MEMORY_KIB_MAX);",
    "within('salt bytes', salt.length, 8, SALT_LENGTH_MAX);",
    "within('scrypt r', r, 1, 1024);",
    "within('scrypt p', p, 1, 1024);",
    "within('scrypt N', n, 2, 2 ** 30);",
    "within('bytes of scrypt memory', 128 * n * r * p, 1, SCRYPT_MEMORY_MAX);",
    "within('PBKDF2 iterations', iterations, 1, PBKDF2_ITERATIONS_MAX);",
    "if (!Number.isInteger(Math.log2(n))) missing('scrypt N must be a power of two');",
    "if (hashing !== 'SHA256' && hashing !== 'BLAKE3') missing('unknown PBKDF2 hash');",
  ],
  'check.ts': [
    'checkIndex(index, footer, keys.mac);',
    'yield* collect(() => packfile);',
    'yield* collect(() => index);',
  ],
  'tree.ts': [
    "if (compare(keys[index - 1] ?? '', keys[index] ?? '') >= 0) broken('a node whose keys are not in order');",
  ],
  'tree-reader.ts': [
    'if (depth > TREE_DEPTH_MAX) broken(`deeper than ${TREE_DEPTH_MAX} levels`);',
    "if (first === undefined || last === undefined) broken('an empty node below another');",
    "if (to !== undefined && this.#compare(last, to) >= 0) broken('a node holds keys above its bounds');",
  ],
  'tree-survey.ts': ["if (!isFollowing) broken('a leaf is not the one that the leaf before it names');"],
  'record.ts': [
    'if (value.length !== length) r.fail(`${length} bytes expected, found ${value.length}`);',
    'if ((seen & (1 << index)) !== 0) reader.fail(`field "${row.wire}" twice`);',
  ],
  'msgpack-reader.ts': [
    'if (length < least) this.fail(`${what} length not in its shortest form`);',
    "if (this.#bytes[this.#need(1)] !== 0xff) this.fail('timestamp extension expected');",
    "if (nanoseconds > 999_999_999) this.fail('nanoseconds above 999 999 999');",
  ],
  'lz4.ts': [
    "if (magic === MAGIC_LEGACY) throw unsupported('the legacy frame format', start);",
    "if ((flags & FLAG_DICTIONARY) !== 0) throw unsupported('a dictionary', descriptorStart);",
    'if (length > this.bytes.length - this.position) throw malformed(`${what} is cut off`, this.position);',
  ],
};

/** Everything that has no such form. */
const others: readonly Mutation[] = [
  { file: 'wrapped-object.ts', check: 'if (equalBytes(computed, stored)) return;', without: 'return;' },
  { file: 'keys.ts', check: 'if (canary.length === CANARY_LENGTH) return;', without: 'return;' },
  { file: 'keys.ts', check: 'return params ?? missing(', without: 'return params as T; missing(' },
  {
    file: 'archive-reader.ts',
    check: 'if (!coloured.has(colouredKey(ResourceType.snapshot, id))) ids.push(id);',
    without: 'ids.push(id);',
  },
  {
    file: 'blob-reader.ts',
    check: 'type === ResourceType.chunk ? CHUNK_SIZE_MAX : METADATA_BLOB_SIZE_MAX',
    without: 'METADATA_BLOB_SIZE_MAX',
  },
  { file: 'blob-batch.ts', check: 'equalBytes(mac.mac(plaintext), id)', without: 'true' },
  { file: 'state.ts', check: 'type === DELETE && blobs.count + coloured.size > 0', without: 'type === 300' },
  {
    file: 'state.ts',
    check: 'else if (type === CONFIGURATION) checkConfigurationEntry(',
    without: 'else if (type === 300) checkConfigurationEntry(',
  },
  {
    file: 'packfile.ts',
    check: '!equalBytes(mac.mac(index), footer.indexMac)',
    without: 'Math.random() > 2',
  },
  { file: 'check.ts', check: 'if (at < 0 || seen[at] === 1) continue;', without: 'if (at < 0) continue;' },
  {
    file: 'content-facts.ts',
    check: 'return size === UNKNOWN_SIZE || size === length;',
    without: 'return true;',
  },
  { file: 'snapshot-reader.ts', check: '!isCleanPath(path) ||', without: '' },
  { file: 'snapshot-reader.ts', check: 'stored.parentPath !== expected.parentPath ||', without: '' },
  {
    file: 'snapshot-reader.ts',
    check: 'stored.fileInfo.name !== expected.name',
    without: 'Math.random() > 2',
  },
  { file: 'snapshot-reader.ts', check: 'if (item.name !== key) ', without: 'if (Math.random() > 2) ' },
  { file: 'path.ts', check: "path.includes('\\0') || ", without: '' },
  { file: 'path.ts', check: ' || !isStorable(path)', without: '' },
  {
    file: 'path.ts',
    check: "!path.includes('/.') || !/\\/\\.\\.?(?:\\/|$)/.test(path)",
    without: 'true',
  },
  {
    file: 'signature.ts',
    check: 'blobs.primitives.ed25519.verify(publicKey, message, signature)',
    without: 'signature !== message',
  },
  {
    file: 'signature.ts',
    check: 'if (signature === undefined) return { publicKey, valid: false };',
    without: "if (signature === undefined) return 'unsigned';",
  },
  {
    file: 'msgpack-reader.ts',
    check: 'if (Number.isSafeInteger(value)) return value;',
    without: 'return value;',
  },
];

/** All of them. */
export const mutations: readonly Mutation[] = [
  ...listed(conditions, NEVER),
  ...listed(statements, ''),
  ...others,
];

function listed(checks: Readonly<Record<string, readonly string[]>>, without: string): Mutation[] {
  return Object.entries(checks).flatMap(([file, texts]) => texts.map((check) => ({ file, check, without })));
}
