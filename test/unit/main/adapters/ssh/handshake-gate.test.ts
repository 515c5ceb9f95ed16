import { setTimeout as sleep } from "node:timers/promises";
import { describe, expect, it } from "vitest";
import { HandshakeGate } from "#main/adapters/ssh/handshake-gate.ts";

const never = new AbortController().signal;

describe("handshake gate", () => {
  it("P07 B53 lets as many in as allowed, the others one by one as they leave", async () => {
    const gate = new HandshakeGate(2);
    let inside = 0;
    let most = 0;
    const visits = Array.from({ length: 10 }, async () => {
      const leave = await gate.enter("a", never);
      inside++;
      most = Math.max(most, inside);
      await sleep(5);
      inside--;
      leave();
    });
    await Promise.all(visits);
    expect(most).toBe(2);
  });

  it("P07 B53 counts each server apart", async () => {
    const gate = new HandshakeGate(1);
    await gate.enter("a", never);
    await gate.enter("b", never);
  });

  it("P12 gives no place to one who was cancelled while waiting, nor loses it", async () => {
    const gate = new HandshakeGate(1);
    const leave = await gate.enter("a", never);
    const stop = new AbortController();
    const waiting = gate.enter("a", stop.signal);
    const patient = gate.enter("a", never);
    stop.abort(new Error("cancelled"));
    await expect(waiting).rejects.toThrow("cancelled");
    leave();
    (await patient)();
    (await gate.enter("a", never))();
  });

  it("P12 passes the place on when cancelled in the moment of its turn", async () => {
    const gate = new HandshakeGate(1);
    const leave = await gate.enter("a", never);
    const stop = new AbortController();
    const unlucky = gate.enter("a", stop.signal);
    leave();
    await Promise.resolve();
    stop.abort(new Error("cancelled"));
    await expect(unlucky).rejects.toThrow("cancelled");
    (await gate.enter("a", never))();
  });

  it("P07 B52 remembers which servers have answered", () => {
    const gate = new HandshakeGate(1);
    expect(gate.answeredLately("a")).toBe(false);
    gate.noteAnswer("a");
    expect(gate.answeredLately("a")).toBe(true);
    expect(gate.answeredLately("b")).toBe(false);
  });
});
