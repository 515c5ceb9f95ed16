import { createServer, type Server } from "node:http";
import type { AddressInfo, Socket } from "node:net";
import { type Clock, systemClock } from "#main/clock.ts";
import type { App } from "#main/dispatch/caller.ts";
import { LOOPBACK } from "#shared/doors/loopback.ts";
import { loadConsoleFiles } from "../console-files.ts";
import { Exchange } from "./exchange.ts";
import { FailureLimit } from "./failure-limit.ts";
import { makeHandOverFile } from "./hand-over.ts";
import { judgePeer, type PeerVerdict } from "./peer-user.ts";
import { answerUnparsed, makeHandler, refuseExpectation } from "./request-handler.ts";
import { makeRoutes } from "./routes.ts";
import { Tabs } from "./tabs.ts";

export interface BrowserDoorOptions {
  /** Folder of the built console, with its index.html. */
  readonly rendererFolder: string;
  /** Takes one line at a time; never a code, a secret or anything a request carried. */
  readonly log: (line: string) => void;
  readonly clock?: Clock;
  /** Tells whose connection it is; replaced in tests that need a stranger. */
  readonly judgePeer?: (socket: Socket) => Promise<PeerVerdict>;
}

export interface BrowserDoor {
  /** `http://127.0.0.1:<port>`, without a code: useless alone. */
  readonly url: string;
  /** Makes a new one-time link, good for a minute, and the file that leads a browser to it. Ends the link before it. */
  handOver(): Promise<{ readonly file: string; readonly link: string }>;
  /** Resolves when the first tab has come in. */
  readonly opened: Promise<void>;
  /** Ends the tabs with a sentence and closes the port. Does not close the application. */
  close(reason?: string): Promise<void>;
  /** Resolves with why, once the door is closed, by `close` or because no tab has been there for a while. */
  readonly closed: Promise<string>;
}

/** How long a tab may be away for a reload, and how long the door stays open with no tab at all. */
const RELOAD_GRACE_MS = 30_000;
const EMPTY_MS = 120_000;
const UNOPENED_MS = 15 * 60_000;
const SWEEP_MS = 1_000;

/** Wrong proofs before the door lets nobody new in. No person types these secrets, so even ten are suspicious. */
const FAILURES = { limit: 10, windowMs: 60_000 };

const CONNECTIONS_MOST = 64;
/** They get an answer, but never all the connections there are. */
const STRANGERS_MOST = 8;

function boundStrangers(strangers: Set<Socket>, socket: Socket): void {
  if (strangers.size >= STRANGERS_MOST) {
    socket.destroy();
    return;
  }
  strangers.add(socket);
  socket.once("close", () => strangers.delete(socket));
}

/** Serves the console to this machine's browser: 127.0.0.1 only, a port of the system's choosing. */
export async function openBrowserDoor(app: App, options: BrowserDoorOptions): Promise<BrowserDoor> {
  const clock = options.clock ?? systemClock;
  const files = await loadConsoleFiles(options.rendererFolder);
  const handOverFile = await makeHandOverFile();
  const tabs = new Tabs(app, clock, { graceMs: RELOAD_GRACE_MS });
  const failures = new FailureLimit(clock, FAILURES);
  const exchange = new Exchange(clock, tabs, failures);
  const opened = Promise.withResolvers<void>();
  const closed = Promise.withResolvers<string>();
  const judge = options.judgePeer ?? judgePeer;
  const verdicts = new WeakMap<Socket, Promise<PeerVerdict>>();
  let host = "";

  const routes = makeRoutes({
    app,
    files,
    tabs,
    exchange,
    failures,
    admitted: () => {
      options.log("A browser tab is connected.");
      opened.resolve();
      patience = EMPTY_MS;
      clearFile();
    },
  });

  const handle = makeHandler({
    routes,
    log: options.log,
    guard: () => ({ host, codePending: exchange.codePending }),
    verdict: (socket) => verdicts.get(socket) ?? "unknown",
  });
  const server = createServer(
    {
      maxHeaderSize: 16_384,
      headersTimeout: 5_000,
      requestTimeout: 20_000,
      connectionsCheckingInterval: 1_000,
      keepAliveTimeout: 10_000,
    },
    (request, response) => void handle(request, response),
  );
  server.maxConnections = CONNECTIONS_MOST;
  server.maxHeadersCount = 64;
  const strangers = new Set<Socket>();
  server.on("connection", (socket) => {
    const verdict = judge(socket);
    verdicts.set(socket, verdict);
    // A failure of judging is met by the request.
    verdict.then((whose) => whose === "other-user" && boundStrangers(strangers, socket)).catch(() => undefined);
  });
  server.on("clientError", answerUnparsed);
  // Nothing here is ever upgraded, tunnelled or asked for in two steps.
  server.on("upgrade", (_request, socket) => socket.destroy());
  server.on("connect", (_request, socket) => socket.destroy());
  server.on("checkContinue", refuseExpectation);
  server.on("checkExpectation", refuseExpectation);

  await listen(server);
  host = `${LOOPBACK.host}:${(server.address() as AddressInfo).port}`;
  const url = `http://${host}`;

  let fileWritten = false;
  let patience = UNOPENED_MS;
  let emptySince = clock.monotonic();
  const stopSweep = clock.every(SWEEP_MS, () => {
    const gone = tabs.sweep();
    if (gone > 0) options.log("A browser tab has left.");
    if (tabs.count > 0 || gone > 0) emptySince = clock.monotonic();
    if (!exchange.codePending) clearFile();
    if (clock.monotonic() - emptySince > patience) void close("No browser tab has been connected for a while.");
  });
  const stopBeat = clock.every(LOOPBACK.heartbeatMs, () => tabs.beat());

  function clearFile(): void {
    if (!fileWritten) return;
    fileWritten = false;
    handOverFile.clear().catch((error: unknown) => options.log(`The hand-over file stays behind: ${String(error)}`));
  }

  let closing: Promise<void> | undefined;
  function close(reason = "Keystead has been closed."): Promise<void> {
    closing ??= (async () => {
      stopSweep();
      stopBeat();
      exchange.revoke();
      tabs.endAll(reason);
      const down = new Promise((resolve) => server.close(resolve));
      server.closeIdleConnections();
      // The last lines have half a second to get out.
      setTimeout(() => server.closeAllConnections(), 500).unref();
      await down;
      await handOverFile.remove();
      closed.resolve(reason);
    })();
    return closing;
  }

  options.log(`The console is served at ${url} for this user of this machine only.`);
  return {
    url,
    opened: opened.promise,
    closed: closed.promise,
    close,
    async handOver() {
      const link = `${url}/#${LOOPBACK.fragment}=${exchange.issue()}`;
      await handOverFile.write(link);
      fileWritten = true;
      return { file: handOverFile.path, link };
    },
  };
}

async function listen(server: Server): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    server.once("error", reject);
    server.listen({ host: LOOPBACK.host, port: 0, exclusive: true }, () => {
      server.off("error", reject);
      resolve();
    });
  });
}
