import { answerCalls, type Channel } from "./answer-calls.ts";

// A token process: one PKCS#11 library and nothing else, no vault, no keys of ours (C1). Started by `child_process.fork` under
// Node and by `utilityProcess` under Electron; it never starts anything itself and ends when Keystead does.

/** Electron's face of the channel; absent under Node. */
interface ParentPort {
  postMessage(message: unknown): void;
  on(event: "message", listener: (event: { readonly data: unknown }) => void): unknown;
}

function openChannel(): Channel {
  const { parentPort } = process as unknown as { readonly parentPort?: ParentPort };
  if (parentPort) {
    return {
      post: (message) => parentPort.postMessage(message),
      listen: (listener) => void parentPort.on("message", ({ data }) => listener(data)),
    };
  }
  // Not `exit`, which waits for a library that hangs in another thread.
  process.on("disconnect", () => process.kill(process.pid, "SIGKILL"));
  return {
    post: (message) => void process.send?.(message),
    listen: (listener) => void process.on("message", listener),
  };
}

// Ctrl-C reaches the whole process group; the console decides when a token process ends, so that tokens are logged out first.
process.on("SIGINT", () => undefined);
// A refused attribute is an exception here, and a listing has thousands: without stack traces they cost a tenth.
Error.stackTraceLimit = 0;
answerCalls(openChannel());
