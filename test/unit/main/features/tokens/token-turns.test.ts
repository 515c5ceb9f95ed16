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
});
