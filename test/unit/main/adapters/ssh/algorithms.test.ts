import { once } from "node:events";
import { describe, expect, it } from "vitest";
import { type Offer, offerFor } from "#main/adapters/ssh/algorithms.ts";
import { createSsh } from "#main/adapters/ssh/create-ssh.ts";
import { GreetingTap } from "#main/adapters/ssh/server-greeting.ts";
import type { SshProfile } from "#main/features/servers/ssh-port.ts";
import { hostileHost } from "#test/support/hostile-hosts.ts";

const WEAK = /sha1|cbc|ssh-dss|^ssh-rsa$|md5|arcfour|group1-/;

/** What really goes over the wire: our own KEXINIT, read by the same reader that reads a server's. */
async function sentOffer(profile: SshProfile, preferTypes: readonly string[]): Promise<Offer | undefined> {
  const tap = new GreetingTap();
  const stop = new AbortController();
  await using host = await hostileHost((socket) => {
    socket.on("data", (chunk: Buffer) => {
      tap.push(chunk);
      if (tap.offer !== undefined) stop.abort();
    });
    socket.write("SSH-2.0-Test\r\n");
  });
  const aborted = once(stop.signal, "abort");
  const reading = createSsh().readHostKey({ ...host, profile, preferTypes, deadlineMs: 5000, signal: stop.signal });
  await expect(reading).rejects.toMatchObject({ code: "tasks/cancelled" });
  await aborted;
  return tap.offer;
}

describe("SSH algorithms", () => {
  it("P06 B59 offers nothing weak by the strict profile", () => {
    const { kex, serverHostKey, cipher, hmac } = offerFor("strict", []);
    expect([...kex, ...serverHostKey, ...cipher, ...hmac].filter((name) => WEAK.test(name))).toEqual([]);
    expect(kex[0]).toBe("curve25519-sha256");
    expect(cipher).toContain("aes256-gcm@openssh.com");
  });

  it("P06 B59 offers what is weak last by the legacy profile", () => {
    const { kex, cipher, hmac, serverHostKey } = offerFor("legacy", []);
    for (const names of [kex, cipher, hmac, serverHostKey]) {
      const firstWeak = names.findIndex((name) => WEAK.test(name));
      expect(firstWeak).toBeGreaterThan(0);
      expect(names.slice(firstWeak).every((name) => WEAK.test(name))).toBe(true);
    }
  });

  it("P06 B48 puts known host-key types first and keeps all others", () => {
    const types = offerFor("strict", ["ssh-rsa", "ecdsa-sha2-nistp384"]).serverHostKey;
    expect(types.slice(0, 3)).toEqual(["ecdsa-sha2-nistp384", "rsa-sha2-512", "rsa-sha2-256"]);
    expect([...types].sort()).toEqual([...offerFor("strict", []).serverHostKey].sort());
    expect(offerFor("strict", ["ssh-unheard-of"])).toEqual(offerFor("strict", []));
  });

  it.each(["strict", "legacy"] as const)("P06 B57 sends exactly the %s offer", async (profile) => {
    const { kex, ...rest } = offerFor(profile, ["ssh-rsa"]);
    const sent = await sentOffer(profile, ["ssh-rsa"]);
    expect(sent).toMatchObject(rest);
    // Beside the methods stand two markers: extension info (RFC 8308) and strict key exchange (against Terrapin).
    expect(sent?.kex).toEqual([...kex, "ext-info-c", "kex-strict-c-v00@openssh.com"]);
  });
});
