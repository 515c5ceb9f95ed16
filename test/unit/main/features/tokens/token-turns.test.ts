import { describe, expect, it } from "vitest";
import { TokenTurns } from "#main/features/tokens/token-turns.ts";

/** Work that ends when told, and says when it began. */
function work(log: string[], name: string) {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const run = async () => {
    log.push(`${name} begins`);
    await promise;
    log.push(`${name} ends`);
    return name;
  };
  return { run, end: resolve, fail: () => reject(new Error(name)) };
}
const settle = () => new Promise((resolve) => setImmediate(resolve));

describe("TokenTurns", () => {
  it("C12 lets shared work run together and exclusive work alone, in the order asked", async () => {
    const log: string[] = [];
    const turns = new TokenTurns();
    const [a, b, alone, c] = ["a", "b", "alone", "c"].map((name) => work(log, name)) as [
      ReturnType<typeof work>,
      ReturnType<typeof work>,
      ReturnType<typeof work>,
      ReturnType<typeof work>,
    ];
    const all = [turns.shared(a.run), turns.shared(b.run), turns.exclusive(alone.run), turns.shared(c.run)];
    await settle();
    expect(log).toEqual(["a begins", "b begins"]);
    a.end();
    await settle();
    expect(log).not.toContain("alone begins");
    b.end();
    await settle();
    expect(log.at(-1)).toBe("alone begins");
    alone.end();
    await settle();
    expect(log.slice(-2)).toEqual(["alone ends", "c begins"]);
    c.end();
    expect(await Promise.all(all)).toEqual(["a", "b", "alone", "c"]);
  });

  it("C12 goes on after work that failed, which alone learns of it", async () => {
    const log: string[] = [];
    const turns = new TokenTurns();
    const [bad, good, shared] = [work(log, "bad"), work(log, "good"), work(log, "shared")];
    const failing = turns.exclusive(bad.run);
    const next = turns.exclusive(good.run);
    const last = turns.shared(shared.run);
    bad.fail();
    await expect(failing).rejects.toThrow("bad");
    good.end();
    shared.end();
    expect(await Promise.all([next, last])).toEqual(["good", "shared"]);
    await turns.settled();
  });

  it("C12 a turn may last until what came of it is on record: the next one alone waits for that, those who share do not", async () => {
    const log: string[] = [];
    const turns = new TokenTurns();
    const [made, other, alone] = [work(log, "made"), work(log, "other"), work(log, "alone")];
    const record = Promise.withResolvers<void>();
    const all = [turns.shared(made.run, record.promise), turns.shared(other.run), turns.exclusive(alone.run)];
    made.end();
    other.end();
    await settle();
    expect(log).toEqual(["made begins", "other begins", "made ends", "other ends"]);
    record.resolve();
    await settle();
    expect(log.at(-1)).toBe("alone begins");
    alone.end();
    await Promise.all(all);
  });

  it("C12 after one who was alone until it was on record everybody waits for that, but not whoever locks", async () => {
    const log: string[] = [];
    const turns = new TokenTurns();
    const [alone, next] = [work(log, "alone"), work(log, "next")];
    const record = Promise.withResolvers<void>();
    const first = turns.exclusive(alone.run, record.promise);
    alone.end();
    await first;
    await turns.settled();
    const second = turns.shared(next.run);
    await settle();
    expect(log).toEqual(["alone begins", "alone ends"]);
    record.resolve();
    next.end();
    expect(await second).toBe("next");
  });

  it("C12 work that failed leaves nothing to wait for", async () => {
    const log: string[] = [];
    const turns = new TokenTurns();
    const [bad, next] = [work(log, "bad"), work(log, "next")];
    const failing = turns.exclusive(bad.run, new Promise(() => undefined));
    const second = turns.exclusive(next.run);
    bad.fail();
    await expect(failing).rejects.toThrow("bad");
    next.end();
    expect(await second).toBe("next");
  });
});
