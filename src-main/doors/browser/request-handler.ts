import type { IncomingMessage, ServerResponse } from "node:http";
import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { rawRefusal, sendJson, sendRefusal } from "./answers.ts";
import type { PeerVerdict } from "./peer-user.ts";
import { Refusal } from "./refusal.ts";
import { collectHeaders, type GuardFacts, refuseForeign } from "./request-guard.ts";
import type { Routes } from "./routes.ts";

export interface HandlerParts {
  readonly routes: Routes;
  readonly log: (line: string) => void;
  readonly guard: () => GuardFacts;
  readonly verdict: (socket: Socket) => PeerVerdict | Promise<PeerVerdict>;
}

/** One request from start to answer: whose connection, is it our page, is there such a path and method, then the route. */
export function makeHandler(
  parts: HandlerParts,
): (request: IncomingMessage, response: ServerResponse) => Promise<void> {
  async function serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if ((await parts.verdict(request.socket)) === "other-user") {
      throw new Refusal(403, "access/door-refused", "Only the user who runs Keystead may use it.", {
        Connection: "close",
      });
    }
    const facts = {
      method: request.method ?? "",
      target: request.url ?? "",
      headers: collectHeaders(request.rawHeaders),
    };
    const foreign = refuseForeign(facts, parts.guard());
    if (foreign) throw foreign;
    const route = parts.routes.get(facts.target);
    if (!route) throw new Refusal(404, "request/unknown-operation", "There is nothing at this address.");
    if (route.method !== facts.method) {
      throw new Refusal(405, "request/malformed", `Only ${route.method} works here.`, { Allow: route.method });
    }
    await route.serve(request, response);
  }

  function answerFailure(error: unknown, request: IncomingMessage, response: ServerResponse): void {
    // Gone, or already answered by `answerUnparsed` because the rest of the request did not come.
    if (request.errored || response.headersSent) return;
    // What follows an unread body could be taken for the next request.
    if (!request.complete) response.setHeader("Connection", "close");
    if (error instanceof Refusal) {
      parts.log(`Refused a request (${error.status} ${error.error.code}).`);
      sendRefusal(response, error);
      return;
    }
    // Its message may quote the request: only what kind of fault it was goes to the log.
    parts.log(`A fault in the browser door: ${error instanceof Error ? error.name : typeof error}.`);
    const bug = new KeysteadError("internal/bug", "Keystead made a mistake while answering. Try again, and report it.");
    sendJson(response, 500, { ok: false, error: bug.toJSON() });
  }

  return (request, response) => serve(request, response).catch((error) => answerFailure(error, request, response));
}

export function refuseExpectation(_request: IncomingMessage, response: ServerResponse): void {
  sendRefusal(
    response,
    new Refusal(417, "request/malformed", "Send the whole request at once.", { Connection: "close" }),
  );
}

/** What Node's parser refused: too large a head, too slow, or not HTTP. */
export function answerUnparsed(error: NodeJS.ErrnoException, socket: Duplex): void {
  if (!socket.writable || error.code === "ECONNRESET") {
    socket.destroy();
  } else if (error.code === "HPE_HEADER_OVERFLOW") {
    socket.end(
      rawRefusal("431 Request Header Fields Too Large", "request/too-large", "The request's headers are too large."),
    );
  } else if (error.code === "ERR_HTTP_REQUEST_TIMEOUT") {
    socket.end(rawRefusal("408 Request Timeout", "request/malformed", "The request did not arrive in time."));
  } else {
    socket.end(rawRefusal("400 Bad Request", "request/malformed", "This is not a request that Keystead understands."));
  }
}
