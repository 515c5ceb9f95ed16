/*
 * What a key file may cost us to open. Each figure is several times what the tools write by default, and keeps a hostile
 * file below some ten seconds and a quarter gigabyte.
 */
export const KEY_FILE_LIMITS = {
  fileBytes: 64 * 1024,
  /** ssh-keygen writes 16 or 24; a round costs about 10 ms here. */
  bcryptRounds: 1024,
  /** PuTTY writes 8 MiB and calibrates the passes to 0.1 s. */
  argon2MemoryKiB: 256 * 1024,
  argon2Passes: 100,
  argon2Lanes: 16,
  /** memory × passes, KiB. */
  argon2Work: 4 * 1024 * 1024,
  /** Keystead writes 600,000, OpenSSL 2,048. */
  pbkdf2Iterations: 10_000_000,
  /** 128 × N × r; OpenSSL's default takes 16 MiB. */
  scryptBytes: 256 * 1024 * 1024,
  /** N × r × p; OpenSSL's default is 131,072. */
  scryptWork: 16 * 1024 * 1024,
  saltBytes: 1024,
} as const;
