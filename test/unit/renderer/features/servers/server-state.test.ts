import { describe, expect, it } from "vitest";
import { hostKeyFile, sameFingerprint, serverAt } from "#renderer/features/servers/server-state.ts";

const FINGERPRINT = "SHA256:5P5YgZqT3WFT5BdAfwX/5iBOOgGQPuxIKRxzuxwpqTk";

describe("fingerprint comparison", () => {
  it("P06 finds the fingerprint in a pasted line of ssh-keygen -l", () => {
    expect(sameFingerprint(`256 ${FINGERPRINT} root@web-1 (ED25519)\n`, FINGERPRINT)).toBe(true);
    expect(sameFingerprint(FINGERPRINT.slice("SHA256:".length), FINGERPRINT)).toBe(true);
    expect(sameFingerprint(`${FINGERPRINT}=`, FINGERPRINT)).toBe(true);
  });

  it("P06 refuses another, a shortened, an extended and a differently cased one", () => {
    expect(sameFingerprint(FINGERPRINT.replace("5P5", "5P6"), FINGERPRINT)).toBe(false);
    expect(sameFingerprint(FINGERPRINT.slice(0, -1), FINGERPRINT)).toBe(false);
    expect(sameFingerprint(`${FINGERPRINT}A`, FINGERPRINT)).toBe(false);
    expect(sameFingerprint(FINGERPRINT.toLowerCase(), FINGERPRINT)).toBe(false);
    expect(sameFingerprint("", FINGERPRINT)).toBe(false);
  });

  it("P06 finds the login that is in the inventory already, however its host is cased", () => {
    const known = [{ id: "s1", host: "Web-1.example", port: 22, user: "root" }];
    expect(serverAt(known, { host: "web-1.EXAMPLE", port: 22, user: "root" })?.id).toBe("s1");
    expect(serverAt(known, { host: "web-1.example", port: 2222, user: "root" })).toBeUndefined();
    expect(serverAt(known, { host: "web-1.example", port: 22, user: "Root" })).toBeUndefined();
  });

  it("P06 names the file on the server that holds the presented key", () => {
    expect(hostKeyFile("ssh-ed25519")).toBe("ssh_host_ed25519_key.pub");
    expect(hostKeyFile("ecdsa-sha2-nistp256")).toBe("ssh_host_ecdsa_key.pub");
    expect(hostKeyFile("ssh-rsa")).toBe("ssh_host_rsa_key.pub");
  });
});
