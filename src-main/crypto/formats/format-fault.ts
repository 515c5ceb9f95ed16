/**
 * Bytes are not what their format demands. Never leaves `crypto/`: each door turns it into a `KeysteadError`, because the
 * same fault means "damaged file" in plain text and "wrong passphrase" in what was just decrypted.
 */
export class FormatFault extends Error {
  override readonly name = "FormatFault";
}
