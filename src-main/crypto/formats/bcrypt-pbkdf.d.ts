declare module "bcrypt-pbkdf" {
  /** One bcrypt hash over the SHA-512 of password and salt (64 bytes each) into `out` (32 bytes). */
  const bcrypt: { hash(sha2pass: Uint8Array, sha2salt: Uint8Array, out: Uint8Array): void };
  export default bcrypt;
}
