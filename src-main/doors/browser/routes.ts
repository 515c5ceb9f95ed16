import type { IncomingMessage, ServerResponse } from "node:http";
import { newPolicyNonce } from "#main/crypto/door-secrets.ts";
import type { App } from "#main/dispatch/caller.ts";
import { LOOPBACK } from "#shared/doors/loopback.ts";
import type { ConsoleFiles } from "../console-files.ts";
import { pagePolicy } from "../console-headers.ts";
import { beginStream, sendBytes, sendJson } from "./answers.ts";
import { type Exchange, readBytes, tooManyAttempts } from "./exchange.ts";
import type { FailureLimit } from "./failure-limit.ts";
import { Refusal } from "./refusal.ts";
import { readJsonObject } from "./request-body.ts";
import type { TabHandle, Tabs } from "./tabs.ts";

export interface RouteParts {
  readonly app: App;
  readonly files: ConsoleFiles;
  readonly tabs: Tabs;
  readonly exchange: Exchange;
  readonly failures: FailureLimit;
  /** Called after a code was exchanged. */
  readonly admitted: () => void;
}

type Route = (request: IncomingMessage, response: ServerResponse) => void | Promise<void>;
export type Routes = ReadonlyMap<string, { readonly method: "GET" | "POST"; readonly serve: Route }>;

/** Every path this door knows. Paths are compared as they came: nothing is decoded, joined or normalised. */
export function makeRoutes(parts: RouteParts): Routes {
  const { app, files, tabs, exchange } = parts;
  const routes = new Map<string, { method: "GET" | "POST"; serve: Route }>();

  routes.set("/", {
    method: "GET",
    serve: (_request, response) => {
      const nonce = newPolicyNonce();
      sendBytes(response, "text/html; charset=utf-8", files.page(nonce), {
        "Content-Security-Policy": pagePolicy(nonce, "'self'"),
      });
    },
  });
  for (const [path, file] of files.assets) {
    routes.set(path, { method: "GET", serve: (_request, response) => sendBytes(response, file.type, file.bytes) });
  }

  const post = (path: string, serve: Route) => routes.set(path, { method: "POST", serve });

  post(LOOPBACK.paths.exchange, async (request, response) => {
    const answer = exchange.answer(await readJsonObject(request));
    parts.admitted();
    sendJson(response, 200, answer);
  });
  post(LOOPBACK.paths.call, async (request, response) => {
    const tab = authorise(request, parts);
    const { operation, params, ...others } = await readJsonObject(request);
    if (typeof operation !== "string" || Object.keys(others).length > 0) {
      throw new Refusal(400, "request/malformed", "A call has an operation and its params.");
    }
    sendJson(response, 200, await app.dispatch(tab.caller, { operation, params }));
  });
  post(LOOPBACK.paths.events, async (request, response) => {
    const tab = authorise(request, parts);
    await readJsonObject(request);
    beginStream(response);
    tabs.attach(tab, response);
  });
  post(LOOPBACK.paths.forget, async (request, response) => {
    authorise(request, parts);
    await readJsonObject(request);
    // Not "cookies": they are shared by all ports of this address, and the others' are none of our business.
    sendJson(response, 200, { ok: true, result: {} }, { "Clear-Site-Data": '"cache", "storage"' });
  });
  return routes;
}

/** The tab a request comes from, by its session secret. Checked before the body is read. */
function authorise(request: IncomingMessage, { tabs, failures }: RouteParts): TabHandle {
  const [scheme, text, ...rest] = (request.headers.authorization ?? "").split(" ");
  const secret = scheme === LOOPBACK.authorization && rest.length === 0 ? readBytes(text) : undefined;
  const tab = secret && tabs.find(secret);
  if (tab) return tab;

  const blocked = failures.blockedSeconds();
  if (blocked !== undefined) throw tooManyAttempts(blocked);
  failures.count();
  throw new Refusal(
    401,
    "access/no-session",
    "This page is not connected any more. Start Keystead again; it opens a new page.",
    {
      "WWW-Authenticate": LOOPBACK.authorization,
    },
  );
}
