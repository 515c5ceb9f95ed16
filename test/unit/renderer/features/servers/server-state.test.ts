import { describe, expect, it } from "vitest";
import { compareFingerprint, hostKeyFile, serverAt } from "#renderer/features/servers/server-state.ts";

const FINGERPRINT = "SHA256:5P5YgZqT3WFT5BdAfwX/5iBOOgGQPuxIKRxzuxwpqTk";

describe("fingerprint comparison", () => {
  it("P06 finds the fingerprint in a pasted line of ssh-keygen -l", () => {
    expect(compareFingerprint(`256 ${FINGERPRINT} root@web-1 (ED25519)\n`, FINGERPRINT)).toBe("same");
    expect(compareFingerprint(FINGERPRINT.slice("SHA256:".length), FINGERPRINT)).toBe("same");
    expect(compareFingerprint(`${FINGERPRINT}=`, FINGERPRINT)).toBe("same");
  });

  it("P06 tells another fingerprint from a text that holds none, and neither is the same", () => {
    expect(compareFingerprint(FINGERPRINT.replace("5P5", "5P6"), FINGERPRINT)).toBe("different");
    expect(compareFingerprint(FINGERPRINT.toLowerCase(), FINGERPRINT)).toBe("different");
    const none = [
      "nonsense",
      "",
      FINGERPRINT.slice(0, -1),
      `${FINGERPRINT}A`,
      "MD5:16:27:ac:a5:76:28:2d:36:63:1b:56:4d:eb:df:a6:48",
      // The end of a public key is as long as a fingerprint, and none.
      `ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI${FINGERPRINT.slice("SHA256:".length)}`,
    ];
    for (const text of none) expect(compareFingerprint(text, FINGERPRINT)).toBe("no-fingerprint");
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
