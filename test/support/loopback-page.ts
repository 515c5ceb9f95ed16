import { exchangeCode, type LoopbackSession } from "#renderer/bridge/loopback-handshake.ts";
import { LOOPBACK, type StreamLine } from "#shared/doors/loopback.ts";

/** What a page does, with Node's fetch: the console's own exchange code, and the headers a browser adds by itself. */
export class LoopbackPage {
  readonly url: string;
  readonly session: LoopbackSession;

  private constructor(url: string, session: LoopbackSession) {
    this.url = url;
    this.session = session;
  }

  static async open(link: string): Promise<LoopbackPage> {
    const { origin, hash } = new URL(link);
    return LoopbackPage.resume(origin, hash.slice(`#${LOOPBACK.fragment}=`.length));
  }

  static async resume(url: string, code: string): Promise<LoopbackPage> {
    const session = await exchangeCode(code, async (path, body) => {
      const response = await post(url, path, body);
      if (!response.ok) throw new Error(`exchange: ${response.status} ${await response.text()}`);
      return response.json();
    });
    return new LoopbackPage(url, session);
  }

  post(path: string, body: unknown): Promise<Response> {
    return post(this.url, path, body, this.session.secret);
  }

  async call(operation: string, params: unknown): Promise<unknown> {
    const response = await this.post(LOOPBACK.paths.call, { operation, params });
    return response.json();
  }

  /** Opens the event stream; `next` gives the next line, undefined at the end. */
  async events(): Promise<{ next(): Promise<StreamLine | undefined>; stop(): Promise<void> }> {
    const response = await this.post(LOOPBACK.paths.events, {});
    if (!response.ok || !response.body) throw new Error(`events: ${response.status}`);
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    let rest = "";
    return {
      async next() {
        for (;;) {
          const end = rest.indexOf("\n");
          if (end >= 0) {
            const line = rest.slice(0, end);
            rest = rest.slice(end + 1);
            return JSON.parse(line) as StreamLine;
          }
          const chunk = await reader.read();
          if (chunk.done) return undefined;
          rest += chunk.value;
        }
      },
      stop: () => reader.cancel(),
    };
  }
}

function post(url: string, path: string, body: unknown, secret?: string): Promise<Response> {
  return fetch(url + path, {
    method: "POST",
    body: JSON.stringify(body),
    headers: {
      "Content-Type": "application/json",
      Origin: url,
      "Sec-Fetch-Site": "same-origin",
      ...(secret === undefined ? {} : { Authorization: `${LOOPBACK.authorization} ${secret}` }),
    },
  });
}
