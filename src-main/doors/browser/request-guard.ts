import { Refusal } from "./refusal.ts";

/** A request as the guard sees it. `headers` holds every occurrence, names in lower case. */
export interface RequestFacts {
  readonly method: string;
  readonly target: string;
  readonly headers: ReadonlyMap<string, readonly string[]>;
}

export interface GuardFacts {
  /** `127.0.0.1:<port>`. */
  readonly host: string;
  /** Whether a hand-over file waits to be opened. */
  readonly codePending: boolean;
}

/** Headers that decide something: two of one kind would let two readers see two requests. */
const ONCE = ["host", "origin", "authorization", "content-type", "content-length", "sec-fetch-site", "sec-fetch-mode"];

/** Collects rawHeaders pairs; Node's own `headers` keeps only one value of most names. */
export function collectHeaders(raw: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const headers = new Map<string, string[]>();
  for (let index = 0; index + 1 < raw.length; index += 2) {
    const name = (raw[index] ?? "").toLowerCase();
    headers.set(name, [...(headers.get(name) ?? []), raw[index + 1] ?? ""]);
  }
  return headers;
}

/**
 * Decides, before anything else looks at a request, whether it can come from our own page. Returns why not, or undefined.
 * Both comparisons are with constants of this process: after a DNS rebinding Host and Origin agree with each other, and
 * both are the attacker's.
 */
export function refuseForeign(request: RequestFacts, guard: GuardFacts): Refusal | undefined {
  const one = (name: string) => request.headers.get(name)?.[0];

  for (const name of ONCE) {
    if ((request.headers.get(name)?.length ?? 0) > 1) {
      return new Refusal(400, "request/malformed", `The request has more than one ${name} header.`);
    }
  }
  if (one("host") !== guard.host) {
    return new Refusal(
      403,
      "access/door-refused",
      "This address is not Keystead's. Open the page that Keystead opened.",
    );
  }

  const origin = one("origin");
  const needsOrigin = request.method !== "GET" && request.method !== "HEAD";
  // `null` is what sandboxed frames and file pages send: refused like any other origin but ours.
  if (origin === undefined ? needsOrigin : origin !== `http://${guard.host}`) {
    return new Refusal(403, "access/door-refused", "Only Keystead's own page may ask here.");
  }

  const site = one("sec-fetch-site");
  if (site === undefined || site === "same-origin") return undefined;
  if (opensPage(request) && (site === "none" || (site === "cross-site" && guard.codePending))) return undefined;
  return new Refusal(403, "access/door-refused", "Another site's page led here. Open the page that Keystead opened.");
}

/**
 * The one request that may come from elsewhere: opening the page itself, in a tab of its own. From the hand-over file (an
 * opaque origin, hence "cross-site") only while its code waits; typed in by hand at any time. The page holds no secret.
 */
function opensPage({ method, target, headers }: RequestFacts): boolean {
  const value = (name: string) => headers.get(name)?.[0];
  return (
    method === "GET" &&
    target === "/" &&
    value("sec-fetch-mode") === "navigate" &&
    value("sec-fetch-dest") === "document"
  );
}
