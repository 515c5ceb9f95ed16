import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { GreetingTap } from "#main/adapters/ssh/server-greeting.ts";
import { kexInit } from "#test/support/hostile-hosts.ts";

const lists = { kex: ["a", "b"], hostKey: ["ssh-ed25519"], cipher: ["c"], mac: ["m", "n"] };
const greeting = Buffer.concat([
  Buffer.from("Authorised use only\r\nSSH-2.0-OpenSSH_9.2p1 Debian-2\r\n"),
  kexInit(lists),
]);

describe("server greeting", () => {
  it("P06 reads identification and offer however the bytes are cut", () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: greeting.length - 1 })), (cuts) => {
        const tap = new GreetingTap();
        const edges = [0, ...cuts.sort((a, b) => a - b), greeting.length];
        for (const [index, edge] of edges.entries())
          tap.push(greeting.subarray(edge, edges[index + 1] ?? greeting.length));
        expect(tap.identification).toBe("SSH-2.0-OpenSSH_9.2p1 Debian-2");
        expect(tap.speaksSsh2).toBe(true);
        expect(tap.offer).toEqual({ kex: ["a", "b"], serverHostKey: ["ssh-ed25519"], cipher: ["c"], hmac: ["m", "n"] });
      }),
    );
  });

  it("P06 survives any bytes", () => {
    fc.assert(
      fc.property(fc.array(fc.uint8Array({ maxLength: 200 })), (chunks) => {
        const tap = new GreetingTap();
        tap.push(Buffer.from("SSH-2.0-x\n"));
        for (const chunk of chunks) tap.push(Buffer.from(chunk));
        expect(tap.identification).toBe("SSH-2.0-x");
      }),
    );
  });

  it("P06 takes no offer from lists that are cut off", () => {
    const cutOff = Buffer.from(kexInit(lists));
    cutOff.writeUInt32BE(0xffff, 22); // the first list claims more than the packet holds
    const tap = new GreetingTap();
    tap.push(Buffer.concat([Buffer.from("SSH-2.0-x\n"), cutOff]));
    expect(tap.offer).toBeUndefined();
  });

  it.each([
    ["SSH-1.99-old\n", true],
    ["SSH-2.0-x\n", true],
    ["SSH-1.5-old\n", false],
    ["SSH-2.1-x\n", false],
  ])("P06 knows from %j whether it is version 2: %s", (line, expected) => {
    const tap = new GreetingTap();
    tap.push(Buffer.from(line));
    expect(tap.speaksSsh2).toBe(expected);
  });

  it("P06 stops keeping bytes from a server that never introduces itself", () => {
    const tap = new GreetingTap();
    for (let i = 0; i < 1000; i++) tap.push(Buffer.alloc(4096, 0x61));
    expect(tap.text.length).toBeLessThan(80_000);
    expect(tap.silent).toBe(false);
  });

  it("P06 makes control characters of an identification harmless", () => {
    const tap = new GreetingTap();
    tap.push(Buffer.from("SSH-2.0-evil\x1b[2J\n"));
    expect(tap.identification).toBe("SSH-2.0-evil?[2J");
  });
});
