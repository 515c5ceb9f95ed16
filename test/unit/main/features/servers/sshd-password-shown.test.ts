import { describe, expect, it } from "vitest";
import { dropInContent, holdsOnlyOurs } from "#main/features/servers/sshd-drop-in.ts";
import { showPasswordLogin } from "#main/features/servers/sshd-password-shown.ts";
import { makeEffective } from "./effective-text.ts";

const of = (user: string, change: Readonly<Record<string, string | undefined>>) => ({
  user,
  effective: makeEffective(change),
});
const ON = { passwordauthentication: "yes", kbdinteractiveauthentication: "no" };
const OFF = { passwordauthentication: "no", kbdinteractiveauthentication: "no" };

describe("P07 B43 what is in force, in sshd's own words", () => {
  it.each([
    [
      "an account with passwords",
      of("ops", ON),
      "ops: PasswordAuthentication yes, KbdInteractiveAuthentication no: passwords log in.",
    ],
    [
      "an account without",
      of("ops", OFF),
      "ops: PasswordAuthentication no, KbdInteractiveAuthentication no: passwords do not log in.",
    ],
    [
      "root, whom PermitRootLogin bars",
      of("root", { ...ON, permitrootlogin: "without-password" }),
      "root: PasswordAuthentication yes, KbdInteractiveAuthentication no, PermitRootLogin prohibit-password: passwords do not log in, root is kept to keys.",
    ],
    [
      "root, whom it lets in",
      of("root", { ...ON, permitrootlogin: "yes" }),
      "root: PasswordAuthentication yes, KbdInteractiveAuthentication no, PermitRootLogin yes: passwords log in.",
    ],
    [
      "a second factor",
      of("ops", { ...ON, authenticationmethods: "publickey,password" }),
      "ops: PasswordAuthentication yes, KbdInteractiveAuthentication no: passwords log in together with a second factor.",
    ],
  ])("%s", (_what, shown, expected) => {
    expect(showPasswordLogin([shown])).toBe(expected);
  });

  it("each account once, in order", () => {
    const text = showPasswordLogin([of("ops", ON), of("root", OFF), of("ops", ON)]);
    expect(text.match(/\b(ops|root): Pass/g)).toEqual(["ops: Pass", "root: Pass"]);
  });
});

describe("P07 B43 our own drop-in", () => {
  const ours = (
    keyword: "KbdInteractiveAuthentication" | "ChallengeResponseAuthentication",
    overrideMatchBlocks: boolean,
  ) => dropInContent({ kbdInteractiveKeywords: [keyword], overrideMatchBlocks });

  it("is recognised in every form it was ever written in, with comments of others too", () => {
    for (const keyword of ["KbdInteractiveAuthentication", "ChallengeResponseAuthentication"] as const)
      for (const override of [true, false]) expect(holdsOnlyOurs(ours(keyword, override))).toBe(true);
    expect(
      holdsOnlyOurs(Buffer.concat([ours("KbdInteractiveAuthentication", false), Buffer.from("# seen by ann\r\n")])),
    ).toBe(true);
  });

  it.each([
    "PermitRootLogin no",
    "PasswordAuthentication yes",
    "passwordauthentication no",
    "Match User ops",
    "X11Forwarding no # ours",
  ])("is not when somebody added %s", (line) => {
    const edited = Buffer.concat([ours("KbdInteractiveAuthentication", false), Buffer.from(`${line}\n`)]);
    expect(holdsOnlyOurs(edited)).toBe(false);
  });
});
