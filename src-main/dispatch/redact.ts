import type { Operation } from "#shared/contract/operation.ts";

/** Longest text a trace keeps of one value: a trace tells what was asked, not all that was sent. */
const TEXT_MAX = 300;
const LIST_MAX = 20;
const DEPTH_MAX = 4;

/** What a trace shows instead of a secret. Not even a hash: a short password could be found from it (D23). */
const HIDDEN = "[hidden]";

/** JSON of the parameters, with the definition's secret and confidential fields hidden and long values cut. */
export function redactedRequest(definition: Operation, params: unknown): string {
  const secret = new Set([...(definition.secret ?? []), ...(definition.confidential ?? [])]);
  return JSON.stringify(shorten(params, "", secret, 0)) ?? "";
}

/** JSON of an answer, cut to size. Results hold no secrets by the contract, but for what a definition says of its own. */
export function redactedAnswer(result: unknown, secretResult: readonly string[] = []): string {
  return JSON.stringify(shorten(result, "", new Set(secretResult), 0)) ?? "";
}

function shorten(value: unknown, path: string, secret: ReadonlySet<string>, depth: number): unknown {
  if (secret.has(path)) return value === undefined ? undefined : HIDDEN;
  if (typeof value === "string")
    return value.length > TEXT_MAX ? `${value.slice(0, TEXT_MAX)}… (${value.length} characters)` : value;
  if (typeof value !== "object" || value === null) return typeof value === "bigint" ? String(value) : value;
  if (depth >= DEPTH_MAX) return Array.isArray(value) ? `[${value.length} items]` : "{…}";
  if (Array.isArray(value)) {
    // A list answered to its asker: how many is what the trace needs.
    if (value.length > LIST_MAX) return `[${value.length} items]`;
    return value.map((item) => shorten(item, path, secret, depth + 1));
  }
  const entries = Object.entries(value).map(([key, item]) => [
    key,
    shorten(item, path === "" ? key : `${path}.${key}`, secret, depth + 1),
  ]);
  return Object.fromEntries(entries);
}
