/** What authorized_keys and known_hosts lines have in common: blanks, words and `sshkey_read` of OpenSSH's sshkey.c. */

export interface KeyOnLine {
  /** As in the blob, e.g. `ssh-ed25519`. */
  readonly type: string;
  readonly blob: Buffer;
  /** Free text after the key, without line ending. */
  readonly comment: string;
}

/** What OpenSSH accepts as the type word of a line, lower case short names included (`sshkey_type_from_name`). */
const SHORT_NAMES: Readonly<Record<string, readonly string[]>> = {
  rsa: ["ssh-rsa"],
  dsa: ["ssh-dss"],
  ed25519: ["ssh-ed25519"],
  ecdsa: ["ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384", "ecdsa-sha2-nistp521"],
  "ed25519-sk": ["sk-ssh-ed25519@openssh.com"],
  "ecdsa-sk": ["sk-ecdsa-sha2-nistp256@openssh.com"],
};
const PLAIN_TYPES: ReadonlySet<string> = new Set(Object.values(SHORT_NAMES).flat());

/** latin1: one character a byte, so that offsets stay true whatever the encoding. OpenSSH stops at a NUL (C string). */
export function visibleText(raw: Buffer): string {
  const text = raw.toString("latin1").replace(/\n$/, "");
  const nul = text.indexOf("\0");
  return nul < 0 ? text : text.slice(0, nul);
}

/** The key that begins at `start`: type word, blanks, base64, and what follows as its comment. */
export function readKey(text: string, start: number): KeyOnLine | undefined {
  const typeEnd = endOfWord(text, start);
  const blobStart = skipBlanks(text, typeEnd);
  if (typeEnd === start || typeEnd === text.length || blobStart === text.length) return undefined;
  const blobEnd = endOfWord(text, blobStart);
  const blob = decodeBlob(text.slice(blobStart, blobEnd));
  if (blob === undefined) return undefined;
  const type = typeOfBlob(blob);
  if (type === undefined || !isTypeWord(text.slice(start, typeEnd), type)) return undefined;
  const comment = Buffer.from(text.slice(skipBlanks(text, blobEnd)).replace(/\r$/, ""), "latin1").toString("utf8");
  return { type, blob, comment };
}

function isTypeWord(word: string, type: string): boolean {
  if (word === type) return PLAIN_TYPES.has(type) || /^[a-z0-9-]+-cert-v0[01]@openssh\.com$/.test(type);
  return SHORT_NAMES[word.toLowerCase()]?.includes(type) === true;
}

/** b64_pton takes whitespace, CR included, anywhere: a CRLF file without comments works with sshd, so it must here (B26). */
function decodeBlob(word: string): Buffer | undefined {
  const text = word.replace(/[\r\v\f]/g, "");
  if (text.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(text)) return undefined;
  const blob = Buffer.from(text, "base64");
  return blob.toString("base64") === text ? blob : undefined;
}

/** The first string of the wire format names the type; at least one more field must follow. */
function typeOfBlob(blob: Buffer): string | undefined {
  if (blob.length < 4) return undefined;
  const length = blob.readUInt32BE(0);
  if (length === 0 || length > 64 || blob.length < 4 + length + 4) return undefined;
  return blob.toString("latin1", 4, 4 + length);
}

export function isBlank(character: string | undefined): boolean {
  return character === " " || character === "\t";
}

export function skipBlanks(text: string, start: number): number {
  let at = start;
  while (isBlank(text[at])) at++;
  return at;
}

export function endOfWord(text: string, start: number): number {
  let at = start;
  while (at < text.length && !isBlank(text[at])) at++;
  return at;
}
