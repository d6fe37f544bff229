/**
 * Signatures: who vouches for a snapshot. A header that is signed names an identity, a UUID and an Ed25519 public key, and a blob of
 * type SIGNATURE under the snapshot's id holds 64 bytes: the signature over the MAC of the header's plaintext. The header in turn
 * names the MAC of everything below it. Source: specification "Signature"; RFC 8032.
 *
 * A valid signature says that the holder of that key made the snapshot, not who that is: compare the key with one that you trust.
 */
import { IntegrityError } from '../errors.ts';
import type { BlobReader } from './blob-reader.ts';
import type { Primitives } from './ports.ts';
import { ResourceType } from './resource-type.ts';
import type { SnapshotHeader } from './snapshot-header.ts';

/** What is known of a snapshot's signature. `publicKey` as the header has it: 32 bytes, unless the header is damaged. */
export type SignatureState = 'unsigned' | { readonly publicKey: Uint8Array; readonly valid: boolean };

/** Signs snapshots with one key. */
export interface Signer {
  /** UUID of the identity, 16 bytes, never all zero. */
  readonly identifier: Uint8Array;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
  /** 64 bytes. */
  sign(message: Uint8Array): Uint8Array;
}

/** The signer of a private key, given as its 32-byte seed. */
export function createSigner(primitives: Primitives, seed: Uint8Array): Signer {
  const publicKey = primitives.ed25519.publicKey(seed);
  return {
    identifier: identifierOf(primitives, publicKey),
    publicKey,
    sign: (message) => primitives.ed25519.sign(seed, message),
  };
}

/** The UUID of a key's identity: version 8 (RFC 9562 §5.8) from the SHA-256 of the public key, so that one key is one identity. */
export function identifierOf(primitives: Primitives, publicKey: Uint8Array): Uint8Array {
  const hasher = primitives.hash('SHA256');
  hasher.update(publicKey);
  const identifier = hasher.digest().slice(0, 16);
  identifier[6] = ((identifier[6] ?? 0) & 0x0f) | 0x80;
  identifier[8] = ((identifier[8] ?? 0) & 0x3f) | 0x80;
  return identifier;
}

/**
 * Verifies the signature of a snapshot. A header that names an identity without a signature is not valid.
 * @throws IntegrityError, FormatError where the header or the signature cannot be read
 */
export async function readSignature(blobs: BlobReader, header: SnapshotHeader): Promise<SignatureState> {
  const { identifier, publicKey } = header.identity;
  if (identifier.every((byte) => byte === 0)) return 'unsigned';
  if (publicKey === null) return { publicKey: new Uint8Array(), valid: false };
  const signature = await signatureOf(blobs, header);
  if (signature === undefined) return { publicKey, valid: false };
  // The bytes as stored are what was signed; what was read from them is what they say.
  const message = blobs.mac.mac(await blobs.read(ResourceType.snapshot, header.identifier));
  return { publicKey, valid: blobs.primitives.ed25519.verify(publicKey, message, signature) };
}

async function signatureOf(blobs: BlobReader, header: SnapshotHeader): Promise<Uint8Array | undefined> {
  try {
    return await blobs.read(ResourceType.signature, header.identifier);
  } catch (error) {
    if (error instanceof IntegrityError && error.code === 'INTEGRITY_MISSING') return undefined;
    throw error;
  }
}
