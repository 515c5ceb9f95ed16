import { describe, expect, it } from "vitest";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { withoutSecret } from "#main/features/servers/remote/without-secret.ts";

const PASSWORD = "correct horse";
const shown = (printed: string, secret = SecretBytes.fromText(PASSWORD)) =>
  withoutSecret(Buffer.from(printed), secret).toString();
const LEFT_OUT = "[left out: it repeats what was sent]";

describe("withoutSecret", () => {
  it.each([
    ["whole", `unknown command: p${PASSWORD}`],
    ["cut short", "unknown command: pcorr"],
    ["in words", "correct: not found"],
    ["among NULs", "\0\0horse\0"],
  ])("D23 leaves the line out that has the password %s", (_, line) => {
    expect(shown(`Welcome.\n${line}\nBye.\n`)).toBe(`Welcome.\nBye.\n${LEFT_OUT}`);
    expect(shown(line)).toBe(LEFT_OUT);
  });

  it("D23 leaves everything out when the password is folded over lines", () => {
    const folded = PASSWORD.replace(/.../g, "$&\n");
    expect(shown(`Welcome.\n${folded}`)).toBe(LEFT_OUT);
  });

  it("D23 leaves everything out when the password is gone already and cannot be looked for", () => {
    const gone = SecretBytes.fromText(PASSWORD);
    gone.dispose();
    expect(shown("Welcome.", gone)).toBe(LEFT_OUT);
  });

  it("keeps what has nothing to do with it", () => {
    const text = "This account is currently not available.\n";
    expect(shown(text)).toBe(text);
    expect(withoutSecret(Buffer.from(text), undefined).toString()).toBe(text);
    expect(shown(text, SecretBytes.fromText(""))).toBe(text);
  });
});
