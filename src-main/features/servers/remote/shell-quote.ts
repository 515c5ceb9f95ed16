/**
 * A value as one POSIX shell word, whatever bytes it has: inside single quotes nothing is special but the quote itself.
 * The scripts that carry such words never pass through the login shell, whose rules may differ (B23).
 * Throws a TypeError for a NUL, which no argument can hold.
 */
export function shellQuote(value: string): string {
  if (value.includes("\0")) throw new TypeError("a shell word cannot hold a NUL");
  return `'${value.replaceAll("'", "'\\''")}'`;
}

/** One `name='value'` a line. Names are ours, lower case. */
export function shellAssignments(values: Readonly<Record<string, string>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}=${shellQuote(value)}\n`)
    .join("");
}
