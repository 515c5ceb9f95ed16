import { execFileSync } from "node:child_process";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { SecretBytes } from "#main/crypto/secret-bytes.ts";
import { PROBE_SCRIPT } from "#main/features/servers/remote/probe-script.ts";
import { COMMAND, makeProgram } from "#main/features/servers/remote/remote-program.ts";
import { ARM, REVERT_RUN } from "#main/features/servers/remote/revert-script.ts";
import { FILES, PRELUDE, SSHD } from "#main/features/servers/remote/shell-library.ts";
import { shellQuote } from "#main/features/servers/remote/shell-quote.ts";
import { runHere, runRaw, SHELLS } from "./local-shell.ts";

const LOGIN = { kind: "login" } as const;

function echo(values: Readonly<Record<string, string>>, input?: Uint8Array) {
  const script = Object.keys(values).map((name) => `put ${name} "$${name}"`);
  if (input !== undefined) script.push(`unb64 > /dev/null; put read yes`);
  return makeProgram({
    name: "echo",
    script: script.join("\n"),
    values,
    input,
    runAs: LOGIN,
    read: (answer) => Object.fromEntries(Object.keys(values).map((name) => [name, answer.text(name)])),
  });
}

function frame(nonce: string, lines: string): string {
  return `keystead ${nonce} begin\n${lines}keystead ${nonce} end\n`;
}

describe("shellQuote", () => {
  it("P07 B21 gives any text back through sh", () => {
    const text = fc.string({ unit: "binary", maxLength: 60 }).filter((value) => !value.includes("\0"));
    fc.assert(
      fc.property(fc.array(text, { maxLength: 20 }), (values) => {
        const out = execFileSync("sh", ["-c", `printf '%s\\0' ${values.map(shellQuote).join(" ")}`]);
        const expected = values.length === 0 ? [""] : values;
        expect(out.toString()).toBe(`${expected.map((value) => Buffer.from(value).toString()).join("\0")}\0`);
      }),
      { numRuns: 100 },
    );
  });

  it("P07 B21 refuses a NUL", () => {
    expect(() => shellQuote("a\0b")).toThrow(TypeError);
  });
});

describe("the scripts", () => {
  const scripts = { PRELUDE, FILES, SSHD, ARM, REVERT_RUN, PROBE_SCRIPT };
  const parsers = [["dash"], ["bash", "--posix"], ["busybox", "sh"]].filter(([file]) =>
    SHELLS.some(([shell]) => shell === file),
  );
  it.each(
    parsers.flatMap((shell) => Object.entries(scripts).map(([name, text]) => [shell.join(" "), name, text] as const)),
  )("P07 B23 parse in %s: %s", (shell, _, text) => {
    const [file = "", ...args] = shell.split(" ");
    expect(execFileSync(file, [...args, "-n"], { input: text, stdio: ["pipe", "pipe", "inherit"] }).toString()).toBe(
      "",
    );
  });
});

describe("a program", () => {
  it("P07 B23 has one command line that no shell reads differently", () => {
    expect(COMMAND.slice("exec sh -c '".length, -1)).not.toMatch(/['!\\\n]/);
  });

  it.each(SHELLS.map((shell) => [shell.join(" "), shell] as const))(
    "P07 B23 gives values back when the login shell is %s",
    async (_, shell) => {
      const values = { one: "a'b\"c $(id) `id` \\ \n é\t*", two: "", three: "-n", four: "x".repeat(20_000) };
      expect(await runHere(echo(values, Buffer.alloc(100_000)), shell)).toEqual(values);
    },
  );

  it("P07 B6 B23 finds the answer between noise, and is not fooled by another frame", async () => {
    const program = echo({ one: "true" });
    const { stdout, ...rest } = await runRaw(program);
    const noise = `Welcome!\n${frame("0".repeat(32), "one:false\n")}no newline`;
    const noisy = Buffer.concat([Buffer.from(noise), stdout, Buffer.from("\none:late\n")]);
    expect(program.parse({ ...rest, stdout: noisy })).toEqual({ one: "true" });
  });

  it.each([
    ["servers/no-shell", "", ""],
    ["servers/no-shell", 'Please login as the user "debian" rather than the user "root".\n\n', ""],
    ["servers/no-shell", "This service allows sftp connections only.\n", ""],
    [
      "servers/password-expired",
      "",
      "WARNING: Your password has expired.\nPassword change required but no TTY available.\n",
    ],
    ["servers/account-locked", "This account is currently not available.\n", ""],
    ["servers/unsupported-system", "", "'exec' is not recognized as an internal or external command,\r\n"],
  ])("P07 B6 B16 B24 answers %s when something else speaks: %j %j", (code, stdout, stderr) => {
    const result = { status: 1, stdout: Buffer.from(stdout), stderr: Buffer.from(stderr) };
    expect(() => echo({ a: "" }).parse(result)).toThrow(expect.objectContaining({ code }));
  });

  it("P07 B61 says so when the answer breaks off", async () => {
    const program = echo({ one: "1" });
    const { stdout, ...rest } = await runRaw(program);
    const cut = { ...rest, stdout: stdout.subarray(0, stdout.length - 5) };
    expect(() => program.parse(cut)).toThrow(expect.objectContaining({ code: "servers/unexpected-answer" }));
  });

  it("P07 B61 never throws anything but a KeysteadError for any output", () => {
    const program = echo({ one: "1" });
    fc.assert(
      fc.property(fc.uint8Array(), fc.uint8Array(), (out, err) => {
        const result = { status: 0, stdout: Buffer.from(out), stderr: Buffer.from(err) };
        expect(() => program.parse(result)).toThrow(expect.objectContaining({ name: "KeysteadError" }));
      }),
    );
  });

  it.each(["a\nb", "a\rb", "a\0b"])("P07 refuses the sudo password %j, which would become two lines", (password) => {
    const make = () =>
      makeProgram({
        name: "x",
        script: "",
        values: {},
        runAs: { kind: "root", password: SecretBytes.fromText(password) },
        read: () => undefined,
      });
    expect(make).toThrow(expect.objectContaining({ code: "request/invalid-params" }));
  });
});
