import { describe, expect, it } from "vitest";
import { authorizedKeysPaths, parseSshdEffective } from "#main/features/servers/sshd-effective.ts";
import { makeEffective } from "./effective-text.ts";

describe("parseSshdEffective", () => {
  it("P07 B32 reads what sshd prints", () => {
    const effective = makeEffective({
      allowusers: ["anna", "bob@10.*"],
      authenticationmethods: "publickey,password publickey",
      permitrootlogin: "forced-commands-only",
    });
    expect(effective).toMatchObject({
      pubkeyAuthentication: true,
      passwordAuthentication: true,
      kbdInteractiveAuthentication: false,
      kbdInteractiveKeywords: ["KbdInteractiveAuthentication"],
      permitRootLogin: "forced-commands-only",
      allowUsers: ["anna", "bob@10.*"],
      authenticationMethods: [["publickey", "password"], ["publickey"]],
      authorizedKeysCommand: undefined,
      requiredRsaSize: 1024,
    });
  });

  it("P07 B33 knows the old name of keyboard-interactive", () => {
    const old = makeEffective({ kbdinteractiveauthentication: undefined, challengeresponseauthentication: "yes" });
    expect(old.kbdInteractiveAuthentication).toBe(true);
    expect(old.kbdInteractiveKeywords).toEqual(["ChallengeResponseAuthentication"]);
  });

  it("P07 B36 reads without-password as prohibit-password", () => {
    expect(makeEffective({ permitrootlogin: "without-password" }).permitRootLogin).toBe("prohibit-password");
  });

  it.each(["", "sshd: no hostkeys available -- exiting.", "\0\n=\n"])("P07 B32 refuses %j", (text) => {
    expect(() => parseSshdEffective(text)).toThrow(expect.objectContaining({ code: "servers/unexpected-answer" }));
  });
});

describe("authorizedKeysPaths", () => {
  const anna = { user: "anna", uid: 1003, home: "/home/anna" };
  it.each([
    [
      ".ssh/authorized_keys .ssh/authorized_keys2",
      ["/home/anna/.ssh/authorized_keys", "/home/anna/.ssh/authorized_keys2"],
    ],
    ["/etc/ssh/keys/%u", ["/etc/ssh/keys/anna"]],
    ["%h/.ssh/k /keys/%U/a%%b /k/%x", ["/home/anna/.ssh/k", "/keys/1003/a%b", "/k/%x"]],
  ])("P07 B14 finds the files of %s", (authorizedkeysfile, paths) => {
    expect(authorizedKeysPaths(makeEffective({ authorizedkeysfile }), anna)).toEqual({ kind: "paths", paths });
  });

  it("P07 B14 does not expand a token that comes out of another", () => {
    const odd = { ...anna, home: "/home/%u" };
    const paths = authorizedKeysPaths(makeEffective({ authorizedkeysfile: "%h/k" }), odd);
    expect(paths).toEqual({ kind: "paths", paths: ["/home/%u/k"] });
  });

  it.each([
    ["/", "/.ssh/k"],
    ["/root/", "/root/.ssh/k"],
  ])("P07 B14 joins the home folder %s", (home, path) => {
    const paths = authorizedKeysPaths(makeEffective({ authorizedkeysfile: ".ssh/k" }), { ...anna, home });
    expect(paths).toEqual({ kind: "paths", paths: [path] });
  });

  it("P07 B14 says when no file is read", () => {
    expect(authorizedKeysPaths(makeEffective({ authorizedkeysfile: "none" }), anna)).toEqual({ kind: "none" });
  });
});
