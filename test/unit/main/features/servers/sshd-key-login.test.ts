import { describe, expect, it } from "vitest";
import { judgeKeyLogin } from "#main/features/servers/sshd-key-login.ts";
import { makeEffective } from "./effective-text.ts";

const ROOT = { user: "root", uid: 0, home: "/root", groups: ["root"] };
const ANNA = { user: "anna", uid: 1000, home: "/home/anna", groups: ["anna", "sudo"] };

function judge(
  changes: Parameters<typeof makeEffective>[0],
  overrides: { account?: typeof ANNA; keyType?: string; bits?: number } = {},
) {
  const account = overrides.account ?? ANNA;
  return judgeKeyLogin(makeEffective(changes), {
    account,
    caller: { user: account.user, host: "desk.example", address: "10.1.2.3" },
    keyType: overrides.keyType ?? "ssh-ed25519",
    bits: overrides.bits ?? 256,
  });
}

describe("judgeKeyLogin", () => {
  it.each([
    ["defaults", {}],
    ["a matching AllowUsers", { allowusers: ["bob", "an?a@10.0.0.0/8"] }],
    ["a matching AllowGroups", { allowgroups: ["wheel", "su*"] }],
    ["DenyUsers from elsewhere", { denyusers: "anna@192.168.*" }],
    ["a key as one of the methods", { authenticationmethods: "publickey,password publickey" }],
    ["PermitRootLogin no for another account", { permitrootlogin: "no" }],
  ])("P07 B36 finds nothing in the way with %s", (_, changes) => {
    expect(judge(changes)).toEqual([]);
  });

  it.each([
    ["pubkey-off", { pubkeyauthentication: "no" }],
    ["user-denied", { denyusers: "anna" }],
    ["user-denied", { denyusers: "a*@desk.example" }],
    ["user-not-allowed", { allowusers: "bob" }],
    ["user-not-allowed", { allowusers: "anna@10.0.0.0/8,!10.1.2.3" }],
    ["group-denied", { denygroups: "sudo" }],
    ["group-not-allowed", { allowgroups: "wheel" }],
    ["key-type-refused", { pubkeyacceptedalgorithms: "rsa-sha2-512,ecdsa-*" }],
    ["key-type-refused", { pubkeyacceptedalgorithms: "!ssh-ed25519,*" }],
    ["more-than-a-key", { authenticationmethods: "publickey,keyboard-interactive:pam" }],
    ["more-than-a-key", { authenticationmethods: "publickey,publickey" }],
    ["no-keys-file", { authorizedkeysfile: "none" }],
    ["forced-command", { forcecommand: "internal-sftp" }],
  ])("P07 B36 B14 B6 stops at %s for %o", (kind, changes) => {
    expect(judge(changes).map((one) => [one.kind, one.blocks])).toEqual([[kind, true]]);
  });

  it.each([
    ["root-login-off", "no"],
    ["root-forced-commands-only", "forced-commands-only"],
    [undefined, "without-password"],
    [undefined, "yes"],
  ])("P07 B36 answers %s for root when PermitRootLogin is %s", (kind, permitrootlogin) => {
    const found = judge({ permitrootlogin }, { account: ROOT }).map((one) => one.kind);
    expect(found).toEqual(kind === undefined ? [] : [kind]);
  });

  it("P07 B36 B51 weighs RSA keys by SHA-2 names and by length", () => {
    const rsa = { keyType: "ssh-rsa", bits: 2048 };
    expect(judge({}, rsa)).toEqual([]);
    expect(judge({ requiredrsasize: "3072" }, rsa).map((one) => one.kind)).toEqual(["rsa-too-short"]);
    expect(judge({ pubkeyacceptedalgorithms: "ssh-rsa,ssh-ed25519" }, rsa).map((one) => one.kind)).toEqual([
      "key-type-refused",
    ]);
  });

  it("P07 B15 B36 warns of keys from a program and of revoked keys without stopping", () => {
    const found = judge({ authorizedkeyscommand: "/usr/bin/sss_ssh_authorizedkeys", revokedkeys: "/etc/ssh/revoked" });
    expect(found.map((one) => [one.kind, one.blocks])).toEqual([
      ["keys-from-command", false],
      ["revoked-keys", false],
    ]);
  });

  it("P07 B15 stops when keys come from a program alone", () => {
    const found = judge({ authorizedkeyscommand: "/usr/bin/x", authorizedkeysfile: "none" });
    expect(found.every((one) => one.blocks)).toBe(true);
  });
});
