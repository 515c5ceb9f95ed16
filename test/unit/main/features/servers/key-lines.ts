function wireString(value: string): Buffer {
  const bytes = Buffer.from(value);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(bytes.length);
  return Buffer.concat([length, bytes]);
}

/** A public key blob in shape: its type, then any fields. */
export function makeBlob(type: string, ...fields: readonly string[]): Buffer {
  return Buffer.concat([type, ...fields].map(wireString));
}

/** An ed25519 key: 32 bytes that OpenSSH takes too. */
export const BLOB = makeBlob("ssh-ed25519", "0123456789abcdef0123456789abcdef");
