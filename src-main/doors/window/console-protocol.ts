import type { CustomScheme } from "electron";
import { newPolicyNonce } from "#main/crypto/door-secrets.ts";
import { WINDOW_SCHEME } from "#shared/doors/window.ts";
import type { ConsoleFiles } from "../console-files.ts";
import { DATA_POLICY, EVERY_RESPONSE, pagePolicy } from "../console-headers.ts";
import { isConsoleAddress } from "./console-origin.ts";

/** Registered once, before `ready`. Nothing beyond these three: no way round the policy, no CORS, no extensions, no service workers. */
export const CONSOLE_SCHEME: CustomScheme = {
  scheme: WINDOW_SCHEME,
  privileges: { standard: true, secure: true, supportFetchAPI: true },
};

/** Answers one request for `keystead://console/…` from the files in memory. */
export function answerConsoleRequest(files: ConsoleFiles, request: Pick<Request, "method" | "url">): Response {
  if (request.method !== "GET" || !isConsoleAddress(request.url)) return refuse(403);
  // `standard` schemes resolve `..` before they ask; whatever is left over is only a key that is not in the map.
  const { pathname, search } = new URL(request.url);
  if (search !== "") return refuse(404);
  if (pathname === "/") {
    const nonce = newPolicyNonce();
    return answer(files.page(nonce), "text/html; charset=utf-8", pagePolicy(nonce, "'none'"));
  }
  const file = files.assets.get(pathname);
  return file ? answer(file.bytes, file.type, DATA_POLICY) : refuse(404);
}

function answer(bytes: Buffer, type: string, policy: string): Response {
  return new Response(new Uint8Array(bytes), {
    headers: { ...EVERY_RESPONSE, "Content-Type": type, "Content-Security-Policy": policy },
  });
}

function refuse(status: number): Response {
  return new Response(null, { status, headers: { ...EVERY_RESPONSE, "Content-Security-Policy": DATA_POLICY } });
}
