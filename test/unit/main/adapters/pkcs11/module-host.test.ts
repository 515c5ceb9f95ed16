import { setImmediate as turn } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { CALL_LIMITS } from "#main/adapters/pkcs11/call-limits.ts";
import { ModuleHost } from "#main/adapters/pkcs11/module-host.ts";
import { type PackedBytes, packBytes, unpackBytes } from "#main/adapters/pkcs11/packed-bytes.ts";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { HandClock, ScriptedProcess } from "./scripted-process.ts";

const INFO = { cryptokiVersion: "2.40", manufacturer: "M", description: "D", libraryVersion: "1.0" };
const MARKS = { label: "L", manufacturer: "M", model: "", serial: "1" };
const ECDSA = { name: "CKM_ECDSA" };
const codeOf = (call: Promise<unknown>): Promise<unknown> =>
  call.then(
    () => "succeeded",
    (error: { readonly code?: string; readonly message: string }) => error.code ?? error.message,
  );

async function start() {
  const processes: ScriptedProcess[] = [];
  const clock = new HandClock();
  const host = new ModuleHost({
    path: "/lib/m.so",
    libraryParameters: undefined,
    startProcess: () => {
      const process = new ScriptedProcess();
      processes.push(process);
      return process;
    },
    clock,
    limits: CALL_LIMITS,
  });
  const started = host.start();
  const [first] = processes;
  if (!first) throw new Error("no process");
  first.value(0, { info: INFO, locking: true });
  await started;
  return { host, clock, processes, process: first };
}

/** The first bytes of what is to be signed in the message at `index`. */
const signed = (process: ScriptedProcess, index: number): readonly number[] =>
  unpackBytes(process.posted[index]?.args.at(-1) as PackedBytes).map((bytes) => bytes[0] ?? -1);
const answerSigned = (process: ScriptedProcess, index: number): void =>
  process.value(index, {
    signatures: packBytes(signed(process, index).map((first) => Buffer.of(first, 1))),
    failures: [],
  });

describe("module host", () => {
  it("C8 keeps at most two calls under way and the others in their order", async () => {
    const { host, process } = await start();
    const calls = [host.slots(), host.mechanisms("1"), host.loggedIn("1"), host.logOut("1")];
    expect(process.calls).toEqual(["start", "slots", "mechanisms"]);
    process.value(1, []);
    expect(process.calls).toEqual(["start", "slots", "mechanisms", "loggedIn"]);
    process.value(2, []);
    process.value(3, "user");
    process.value(4, undefined);
    expect(await Promise.all(calls)).toEqual([[], [], "user", undefined]);
  });

  it("P21 sends signatures asked for together in two messages, so that the process is never idle", async () => {
    const { host, process } = await start();
    const calls = Array.from({ length: 16 }, (_, n) => host.sign("1", ECDSA, "k@1.1", [Buffer.of(n)]));
    await turn();
    await turn();
    expect(process.posted.slice(1).map((_, index) => signed(process, index + 1).length)).toEqual([8, 8]);
    answerSigned(process, 1);
    answerSigned(process, 2);
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 16 }, (_, n) => [Buffer.of(n, 1)]));
  });

  it("P21 never moves a signature past a call that is not one, and never mixes keys", async () => {
    const { host, process } = await start();
    const calls = [
      host.sign("1", ECDSA, "a@1.1", [Buffer.of(1)]),
      host.sign("1", ECDSA, "b@1.1", [Buffer.of(2)]),
      host.sign("1", ECDSA, "a@1.1", [Buffer.of(3), Buffer.of(4)]),
      host.logOut("1"),
      host.sign("1", ECDSA, "a@1.1", [Buffer.of(5)]),
    ];
    await turn();
    for (let index = 1; index <= 5; index += 1) {
      if (process.posted[index]?.call === "sign") answerSigned(process, index);
      else if (process.posted[index]) process.value(index, undefined);
      await turn();
    }
    await Promise.all(calls);
    const order = process.posted
      .slice(1)
      .map(({ call, args }, index) => [call, args[2], ...(call === "sign" ? signed(process, index + 1) : [])]);
    expect(order.findIndex(([call]) => call === "logOut")).toBe(order.length - 2);
    expect(order.at(-1)).toEqual(["sign", "a@1.1", 5]);
    for (const [call, key, ...messages] of order.slice(0, -2)) {
      expect(call).toBe("sign");
      expect(key === "b@1.1" ? messages : messages.every((m) => m !== 2)).toEqual(key === "b@1.1" ? [2] : true);
    }
    expect(await calls[2]).toEqual([Buffer.of(3, 1), Buffer.of(4, 1)]);
  });

  it("C4 takes a process for hung by the limit of the call it works on, not of those behind it", async () => {
    const { host, process, processes, clock } = await start();
    const long = codeOf(host.generateKeyPair("1", { name: "CKM_EC_KEY_PAIR_GEN" }, {}, {}));
    const short = codeOf(host.slots());
    clock.advance(CALL_LIMITS.generate - 1);
    expect(process.killed).toBe(false);
    clock.advance(1);
    expect(process.killed).toBe(true);
    expect(await Promise.all([long, short])).toEqual(["tokens/module-hung", "tokens/module-hung"]);
    expect(host.state).toBe("hung");
    const next = host.slots();
    expect(processes).toHaveLength(2);
    processes[1]?.value(0, { info: INFO, locking: true });
    processes[1]?.value(1, []);
    expect(await next).toEqual([]);
    expect([host.state, host.generation]).toEqual(["running", 2]);
  });

  it("C4 gives the call behind a long one its whole time", async () => {
    const { host, process, clock } = await start();
    const long = host.generateKeyPair("1", ECDSA, {}, {});
    const short = codeOf(host.slots());
    clock.advance(CALL_LIMITS.generate - 1);
    process.value(1, { publicKey: "p", privateKey: "q" });
    await long;
    clock.advance(CALL_LIMITS.short - 1);
    expect(process.killed).toBe(false);
    clock.advance(1);
    expect(await short).toBe("tokens/module-hung");
  });

  it("C27 gives the second listing of a process less time than the first", async () => {
    const { host, process, clock } = await start();
    const first = host.slots();
    clock.advance(CALL_LIMITS.relist);
    expect(process.killed).toBe(false);
    process.value(1, []);
    await first;
    const second = codeOf(host.slots());
    clock.advance(CALL_LIMITS.relist);
    expect(await second).toBe("tokens/module-hung");
  });

  it("C1 tells every caller of a crash, and ignores what the dead process still says", async () => {
    const { host, process } = await start();
    const calls = [codeOf(host.slots()), codeOf(host.mechanisms("1")), codeOf(host.loggedIn("1"))];
    process.end({ exitCode: null, signal: "SIGSEGV" });
    process.value(1, []);
    expect(await Promise.all(calls)).toEqual(Array(3).fill("tokens/module-crashed"));
    expect(host.state).toBe("crashed");
  });

  it("H01 quotes a process that ends before it runs, in bounds and on one line, and one that ran never", async () => {
    const { host, process, processes } = await start();
    process.end({ exitCode: 1, signal: null });
    const failed = host.slots().catch((error: Error) => error.message);
    processes[1]?.end({ exitCode: 127, signal: null, lastWords: `\u001b[31msymbol lookup error\n${"x".repeat(5000)}` });
    const message = String(await failed);
    expect(message).toMatch(/exit code 127.*symbol lookup error/);
    expect(message.length).toBeLessThan(700);
    expect(message).not.toMatch(/\p{Cc}/u);
    const running = host.slots().catch((error: Error) => error.message);
    processes[2]?.value(0, { info: INFO, locking: true });
    processes[2]?.end({ exitCode: 1, signal: null, lastWords: "PIN was 1234" });
    expect(await running).not.toContain("1234");
  });

  it("C26 sends a PIN as bytes of their own and wipes them at once; the caller's stay his", async () => {
    const { host, process } = await start();
    const pin = SecretBytes.fromText("1234");
    const done = host.logIn({ slotId: "1", marks: MARKS }, "user", pin);
    const sent = process.posted[1]?.args[2] as Uint8Array;
    expect(Buffer.from(sent).toString()).toBe("1234");
    expect(sent.buffer.byteLength).toBe(4);
    expect(process.handedOver[1]?.args[2]).toEqual(new Uint8Array(4));
    process.value(1, undefined);
    await done;
    expect(pin.reveal().toString()).toBe("1234");
  });

  it("H01 closes within its time although the process does not answer", async () => {
    const { host, process, clock } = await start();
    const closing = host.close();
    clock.advance(CALL_LIMITS.end);
    await closing;
    expect(process.killed).toBe(true);
    expect(host.state).toBe("closed");
    expect(await codeOf(host.slots())).toBe("tokens/module-unknown");
  });
});
