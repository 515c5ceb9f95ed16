/**
 * Many short byte strings as one. A channel spends more on each buffer of a message than a token on hashing it, so messages to
 * sign and their signatures cross as one buffer and its division.
 */
export interface PackedBytes {
  readonly bytes: Uint8Array;
  readonly lengths: readonly number[];
}

export const packBytes = (parts: readonly Uint8Array[]): PackedBytes => ({
  bytes: Buffer.concat(parts),
  lengths: parts.map((part) => part.length),
});

/** Views, not copies. */
export function unpackBytes({ bytes, lengths }: PackedBytes): readonly Buffer[] {
  const whole = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  return lengths.map((length) => {
    at += length;
    return whole.subarray(at - length, at);
  });
}
