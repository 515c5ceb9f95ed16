import { describe, expect, it } from "vitest";
import { judgePasswordLogin, judgePasswordOff } from "#main/features/servers/sshd-password-off.ts";
import { makeEffective } from "./effective-text.ts";

const P = "PasswordAuthentication";
const K = "KbdInteractiveAuthentication";

describe("judgePasswordLogin", () => {
  // [password, keyboard-interactive, AuthenticationMethods, verdict]
  const table: [string, string, string, "off" | "second-factor" | string[]][] = [
    ["no", "no", "any", "off"],
    ["yes", "no", "any", [P]],
    ["no", "yes", "any", [K]],
    ["yes", "yes", "any", [P, K]],
    ["yes", "yes", "publickey", "off"],
    ["yes", "yes", "publickey password", [P]],
    ["yes", "yes", "keyboard-interactive:pam", [K]],
    ["yes", "yes", "publickey,password", "second-factor"],
    ["no", "yes", "publickey,keyboard-interactive:pam publickey", "second-factor"],
    ["no", "no", "publickey,password", "second-factor"],
    ["yes", "yes", "publickey,publickey", "off"],
  ];
  it.each(table)(
    "P07 B33 B34 password %s, keyboard-interactive %s, methods %s: %o",
    (password, kbd, methods, verdict) => {
      const login = judgePasswordLogin(
        makeEffective({
          passwordauthentication: password,
          kbdinteractiveauthentication: kbd,
          authenticationmethods: methods,
        }),
      );
      if (Array.isArray(verdict)) expect(login).toMatchObject({ kind: "on", by: verdict });
      else expect(login.kind).toBe(verdict);
    },
  );

  it.each(["yes", "no"])("P07 B35 gives the same verdict when UsePAM is %s", (usepam) => {
    const off = { passwordauthentication: "no", kbdinteractiveauthentication: "no", usepam };
    expect(judgePasswordLogin(makeEffective(off)).kind).toBe("off");
    expect(judgePasswordLogin(makeEffective({ usepam })).kind).toBe("on");
  });
});

describe("judgePasswordOff", () => {
  const off = makeEffective({ passwordauthentication: "no" });
  it("P07 B32 says off only when every class of user is", () => {
    const both = [
      { name: "target", user: "root", effective: off },
      { name: "ordinary", user: "anna", effective: off },
    ];
    expect(judgePasswordOff(both).off).toBe(true);
    const one = [...both.slice(0, 1), { name: "ordinary", user: "anna", effective: makeEffective() }];
    expect(judgePasswordOff(one)).toMatchObject({ off: false, secondFactor: false });
    expect(judgePasswordOff(one).verdicts.map((verdict) => verdict.login.kind)).toEqual(["off", "on"]);
  });

  it("P07 B34 tells when any class needs a second factor", () => {
    const effective = makeEffective({ authenticationmethods: "publickey,keyboard-interactive" });
    expect(judgePasswordOff([{ name: "root", user: "root", effective }])).toMatchObject({
      off: false,
      secondFactor: true,
    });
  });
});
