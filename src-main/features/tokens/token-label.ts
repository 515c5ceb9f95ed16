import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { hasControlCharacters } from "#shared/text-rules.ts";

/** CK_TOKEN_INFO has 32 bytes, not characters (C20). */
export const LABEL_BYTES = 32;

/** Error `request/invalid-params`, with how many bytes it takes. The adapter pads, and never gets to cut. */
export function assertTokenLabel(label: string): void {
  const bytes = Buffer.byteLength(label);
  if (bytes > LABEL_BYTES) {
    const message = `The label takes ${bytes} bytes and a token holds ${LABEL_BYTES}. Shorten it; accented letters and emoji take two to four each.`;
    throw new KeysteadError("request/invalid-params", message, { bytes, most: LABEL_BYTES });
  }
  // Padding cannot be told from blanks of one's own, so the token would come back under another name.
  if (label === "" || label.trim() !== label || hasControlCharacters(label) || !label.isWellFormed()) {
    throw new KeysteadError(
      "request/invalid-params",
      "The label must not be empty, begin or end with a blank, or hold control characters. Choose another one.",
    );
  }
}

/** `UKey-###` and 7 make `UKey-007`. A number with more digits than places takes the room it needs. */
export function seriesLabel(pattern: string, number: number): string {
  const places = placesOf(pattern);
  const digits = String(number).padStart(places.length, "0");
  const label = pattern.slice(0, places.start) + digits + pattern.slice(places.start + places.length);
  assertTokenLabel(label);
  return label;
}

/** Error `request/invalid-params` unless the pattern has exactly one run of `#` and its first label fits. */
export function assertSeriesPattern(pattern: string, firstNumber: number): void {
  if ((pattern.match(/#+/g) ?? []).length > 1) {
    throw new KeysteadError(
      "request/invalid-params",
      "The pattern has more than one place for the number. Keep one run of #, such as in UKey-###.",
    );
  }
  seriesLabel(pattern, firstNumber);
}

function placesOf(pattern: string): { readonly start: number; readonly length: number } {
  const run = /#+/.exec(pattern);
  if (run !== null) return { start: run.index, length: run[0].length };
  throw new KeysteadError(
    "request/invalid-params",
    "The pattern has no place for the number. Write # where it goes, such as in UKey-###.",
  );
}

/** The first label from `number` on that no token among `taken` has; two tokens under one label are a trap (C29). */
export function nextSeriesLabel(
  pattern: string,
  number: number,
  taken: ReadonlySet<string>,
): { readonly label: string; readonly number: number } {
  for (let next = number; ; next++) {
    const label = seriesLabel(pattern, next);
    if (!taken.has(label)) return { label, number: next };
  }
}
