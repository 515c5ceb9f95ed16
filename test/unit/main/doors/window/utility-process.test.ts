import { EventEmitter } from "node:events";
import { describe, expect, it } from "vitest";
import { type UtilityChild, utilityProcessStarter } from "#main/doors/window/utility-process.ts";
import type { ProcessEnd } from "#main/features/tokens/token-port.ts";

class Child extends EventEmitter {
  readonly pid = 42;
  readonly stderr = new EventEmitter();
  readonly posted: unknown[] = [];
  asked = 0;
  postMessage(message: unknown): void {
    this.posted.push(message);
  }
  kill(): boolean {
    this.asked += 1;
    return true;
  }
}

function start(kill: (pid: number, signal: "SIGKILL") => void = () => undefined) {
  const child = new Child();
  const forks: unknown[] = [];
  const startProcess = utilityProcessStarter({
    fork: (...args) => {
      forks.push(args);
      return child as UtilityChild;
    },
    worker: "/app/out/main/worker.js",
    environment: () => ({ PATH: "/bin" }),
    kill,
  });
  return { child, forks, port: startProcess() };
}

describe("utility process", () => {
  it("C1 starts the token process with its own environment only", () => {
    const { forks } = start();
    expect(forks).toEqual([
      ["/app/out/main/worker.js", [], { env: { PATH: "/bin" }, stdio: "pipe", serviceName: "Keystead token process" }],
    ]);
  });

  it("carries messages both ways until it has ended, and tells how it ended with its last words", () => {
    const { child, port } = start();
    const heard: unknown[] = [];
    const ends: ProcessEnd[] = [];
    port.on((message) => heard.push(message));
    port.onClose((how) => ends.push(how));
    port.post({ id: 1 });
    child.emit("message", { id: 1, value: 2 });
    child.stderr.emit("data", Buffer.from("x".repeat(5000)));
    child.emit("exit", 3);
    port.post({ id: 2 });
    expect(child.posted).toEqual([{ id: 1 }]);
    expect(heard).toEqual([{ id: 1, value: 2 }]);
    expect(ends).toEqual([{ exitCode: 3, signal: null, lastWords: "x".repeat(2000) }]);
  });

  it("C4 ends a hung one by a signal it cannot refuse, and not another process that has its number now", () => {
    const signals: unknown[] = [];
    const { child, port } = start((...args) => signals.push(args));
    port.onClose(() => undefined);
    port.kill();
    expect(signals).toEqual([[42, "SIGKILL"]]);
    child.emit("exit", 0);
    port.kill();
    expect(signals).toHaveLength(1);
  });

  it("takes one that ended in the same moment for ended", () => {
    const { port } = start(() => {
      throw Object.assign(new Error("no such process"), { code: "ESRCH" });
    });
    expect(() => port.kill()).not.toThrow();
  });
});
