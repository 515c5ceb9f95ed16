import type { z } from "zod";

const KINDS: Readonly<Record<string, string>> = {
  string: "text",
  number: "a number",
  int: "a whole number",
  boolean: "true or false",
  array: "a list",
  object: "an object",
  record: "an object",
};

/**
 * The rule that a value breaks, for a person; `undefined` leaves the library's words. A schema's own sentence comes before
 * these. Names the rule alone, never the value: it may be a secret.
 */
export function brokenRule(issue: z.core.$ZodRawIssue): string | undefined {
  switch (issue.code) {
    case "too_small":
      return lowerBound(issue.origin, Number(issue.minimum), issue.inclusive === true);
    case "too_big":
      return upperBound(issue.origin, Number(issue.maximum), issue.inclusive === true);
    case "invalid_value":
      return `must be ${issue.values.length === 1 ? "" : "one of "}${issue.values.map(String).join(", ")}`;
    case "invalid_type": {
      if (issue.input === undefined) return "must be given";
      const kind = KINDS[issue.expected];
      return kind === undefined ? undefined : `must be ${kind}`;
    }
    default:
      return undefined;
  }
}

/** What is counted in a text or a list; `undefined` for a number, which counts itself. */
function unitOf(origin: string, count: number): string | undefined {
  if (origin === "string") return count === 1 ? "character" : "characters";
  if (origin === "array" || origin === "set") return count === 1 ? "entry" : "entries";
  return undefined;
}

function lowerBound(origin: string, minimum: number, inclusive: boolean): string {
  const unit = unitOf(origin, minimum);
  if (unit === undefined) return `must be ${inclusive ? "at least" : "more than"} ${minimum}`;
  return minimum === 1 ? "must not be empty" : `must have at least ${minimum} ${unit}`;
}

function upperBound(origin: string, maximum: number, inclusive: boolean): string {
  const unit = unitOf(origin, maximum);
  if (unit === undefined) return `must be ${inclusive ? "at most" : "less than"} ${maximum}`;
  return `must have at most ${maximum} ${unit}`;
}
