import { describe, expect, it } from "vitest";
import { dropInContent, holdsOnlyOurs } from "#main/features/servers/sshd-drop-in.ts";
import { judgePasswordLogin } from "#main/features/servers/sshd-password-off.ts";
import { showPasswordLogin } from "#main/features/servers/sshd-password-shown.ts";
import { makeEffective } from "./effective-text.ts";

/**
 * Up to OpenSSH 8.6 `sshd -T` prints both names, and main() of sshd.c sets the one by the other:
 * `if (options.challenge_response_authentication) options.kbd_interactive_authentication = 1;`.
 * No such sshd was at hand: these texts are made after servconf.c of 8.4, and were not printed by one.
 */
function old(file: { readonly password: string; readonly kbd?: string; readonly challenge?: string }) {
  // Both names are read from the file; the older one's default is yes, and the newer one's value is then 1 in any case.
  const challenge = file.challenge ?? "yes";
  return makeEffective({
    passwordauthentication: file.password,
    kbdinteractiveauthentication: challenge === "yes" ? "yes" : (file.kbd ?? "no"),
    challengeresponseauthentication: challenge,
  });
}

describe("OpenSSH up to 8.6, which knows keyboard-interactive by two settings", () => {
  const bothNames = ["KbdInteractiveAuthentication", "ChallengeResponseAuthentication"] as const;

  it("P07 B33 takes both names from what it prints", () => {
    expect(old({ password: "yes" }).kbdInteractiveKeywords).toEqual(bothNames);
  });

  it("P07 B33 is not off by the newer name alone, and is by both", () => {
    expect(judgePasswordLogin(old({ password: "no", kbd: "no" }))).toMatchObject({ kind: "on", by: bothNames });
    expect(judgePasswordLogin(old({ password: "no", kbd: "no", challenge: "no" })).kind).toBe("off");
  });

  it("P07 B33 names the one that is still on", () => {
    const one = old({ password: "no", kbd: "yes", challenge: "no" });
    expect(judgePasswordLogin(one)).toMatchObject({ kind: "on", by: ["KbdInteractiveAuthentication"] });
  });

  it("P07 B33 B43 gets both lines, and they are known for Keystead's own afterwards", () => {
    const { kbdInteractiveKeywords } = old({ password: "yes" });
    for (const overrideMatchBlocks of [false, true]) {
      const content = dropInContent({ kbdInteractiveKeywords, overrideMatchBlocks });
      expect(holdsOnlyOurs(content)).toBe(true);
      expect(content.toString()).toMatch(
        /^PasswordAuthentication no\nKbdInteractiveAuthentication no\nChallengeResponseAuthentication no$/m,
      );
    }
  });

  it("P07 B43 is shown with both", () => {
    const shown = showPasswordLogin([{ user: "ops", effective: old({ password: "no", kbd: "no" }) }]);
    expect(shown).toBe(
      "ops: PasswordAuthentication no, KbdInteractiveAuthentication yes, ChallengeResponseAuthentication yes: passwords log in.",
    );
  });
});
