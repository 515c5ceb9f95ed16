import { connect } from "node:net";

export interface RawAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

/** Sends exactly `pieces` to a loopback port, one after another with a pause, and returns all that comes back until the connection ends. */
export function sendRaw(port: number, pieces: readonly (string | Uint8Array)[], pauseMs = 0): Promise<string> {
  return new Promise((resolve) => {
    const socket = connect({ host: "127.0.0.1", port, noDelay: true });
    let text = "";
    socket.setEncoding("latin1");
    socket.on("data", (chunk: string) => {
      text += chunk;
    });
    // A refused sender may see a reset after the answer; what was read until then is what counts.
    socket.on("error", () => undefined);
    socket.on("close", () => resolve(text));
    socket.on("connect", async () => {
      for (const piece of pieces) {
        if (socket.destroyed) return;
        socket.write(piece);
        if (pauseMs > 0) await new Promise((next) => setTimeout(next, pauseMs));
      }
    });
  });
}

/** One request with `Connection: close`; a header given as undefined is left out. */
export async function askRaw(
  port: number,
  request: {
    readonly method?: string;
    readonly target?: string;
    readonly headers?: Readonly<Record<string, string | undefined>>;
    readonly body?: string | Uint8Array;
  } = {},
): Promise<RawAnswer> {
  const body = Buffer.from(request.body ?? "");
  const headers: Record<string, string | undefined> = {
    Host: `127.0.0.1:${port}`,
    Connection: "close",
    ...(request.body === undefined ? {} : { "Content-Length": String(body.length) }),
    ...request.headers,
  };
  const lines = Object.entries(headers).flatMap(([name, value]) => (value === undefined ? [] : [`${name}: ${value}`]));
  const head = `${request.method ?? "GET"} ${request.target ?? "/"} HTTP/1.1\r\n${lines.join("\r\n")}\r\n\r\n`;
  return parseAnswer(await sendRaw(port, [Buffer.concat([Buffer.from(head, "latin1"), body])]));
}

export function parseAnswer(text: string): RawAnswer {
  const end = text.indexOf("\r\n\r\n");
  const [statusLine = "", ...lines] = text.slice(0, end).split("\r\n");
  const headers = lines.map((line) => {
    const colon = line.indexOf(":");
    return [line.slice(0, colon).toLowerCase(), line.slice(colon + 1).trim()] as const;
  });
  return { status: Number(statusLine.split(" ")[1]), headers: Object.fromEntries(headers), body: text.slice(end + 4) };
}
