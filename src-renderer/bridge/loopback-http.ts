import { LOOPBACK } from "#shared/doors/loopback.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { LIMITS } from "#shared/limits.ts";

export const CONNECTION_LOST =
  "Keystead does not answer any more: it has ended, or locked itself and closed. Start it again.";

/** Posts JSON to our own origin. Rejects with `access/connection-lost` when nothing answers, `request/too-large` unsent. */
export async function postJson(path: string, body: unknown, secret?: string, signal?: AbortSignal): Promise<Response> {
  const text = JSON.stringify(body);
  if (new TextEncoder().encode(text).length > LIMITS.requestBytes) {
    throw new KeysteadError("request/too-large", "This is more than Keystead takes at once. Send less.");
  }
  try {
    return await fetch(path, {
      method: "POST",
      body: text,
      headers: {
        "Content-Type": "application/json",
        ...(secret === undefined ? {} : { Authorization: `${LOOPBACK.authorization} ${secret}` }),
      },
      mode: "same-origin",
      // No cookie of ours exists. But browsers heed `Clear-Site-Data` only on requests that might have carried one.
      credentials: path === LOOPBACK.paths.forget ? "same-origin" : "omit",
      cache: "no-store",
      redirect: "error",
      referrerPolicy: "no-referrer",
      ...(signal ? { signal } : {}),
    });
  } catch (cause) {
    throw new KeysteadError("access/connection-lost", CONNECTION_LOST, {}, { cause });
  }
}

/** The JSON body of an answer. Rejects with `access/connection-lost` when it breaks off or is something else. */
export async function readJson(response: Response): Promise<unknown> {
  try {
    return await response.json();
  } catch (cause) {
    throw new KeysteadError("access/connection-lost", CONNECTION_LOST, {}, { cause });
  }
}
