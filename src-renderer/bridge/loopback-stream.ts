import { LOOPBACK, type StreamLine } from "#shared/doors/loopback.ts";

/**
 * Yields the lines of the event stream until it ends, breaks off, or falls silent for longer than the door's heartbeat
 * allows. Ends without an error in each case: the caller decides what the end means.
 */
export async function* readStream(response: Response, abort: AbortController): AsyncGenerator<StreamLine> {
  if (!response.body) return;
  let heard = performance.now();
  const watch = setInterval(() => {
    if (performance.now() - heard > LOOPBACK.silenceMs) abort.abort();
  }, LOOPBACK.heartbeatMs);
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let rest = "";
  try {
    for (;;) {
      const chunk = await reader.read().catch(() => undefined);
      if (!chunk || chunk.done) return;
      heard = performance.now();
      const lines = (rest + chunk.value).split("\n");
      rest = lines.pop() ?? "";
      for (const line of lines) yield JSON.parse(line) as StreamLine;
    }
  } finally {
    clearInterval(watch);
    abort.abort();
  }
}
