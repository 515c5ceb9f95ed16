// biome-ignore lint/suspicious/noControlCharactersInRegex: control characters are what this looks for
const UNSAFE = /[\u0000-\u001f\u007f-\u009f\u2028\u2029"]/g;
const LONGEST = 1024;

/** Whether `comment` may stand at the end of a public key line (B21): no line end, control character or double quote. */
export function isPlainComment(comment: string): boolean {
  return comment.length <= LONGEST && comment.search(UNSAFE) < 0;
}

/** A foreign comment without what `isPlainComment` refuses. */
export function toPlainComment(comment: string): string {
  return comment.replace(UNSAFE, "").trim().slice(0, LONGEST);
}
