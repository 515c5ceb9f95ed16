import { execFileSync, spawn } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, statSync } from "node:fs";
import { join, resolve } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { KEY_SPECS } from "#shared/models/keypair.ts";
import { CliBench, finished } from "#test/support/cli.ts";

let bench: CliBench;
beforeAll(async () => {
  bench = new CliBench();
  const created = await bench.create();
  expect(created.status, created.stderr).toBe(0);
});
afterAll(() => bench[Symbol.dispose]());

it("G03 V01 creates a vault and shows its status while it is locked", async () => {
  const { status, result, stderr } = await bench.run(["vault", "status"]);
  expect({ status, stderr }).toEqual({ status: 0, stderr: "" });
  expect(result).toMatchObject({ state: "locked", users: ["officer"], folder: bench.home });
  expect(statSync(bench.home).mode & 0o777).toBe(0o700);
});

/** OpenSSH's own reading of an OpenSSH file, OpenSSL's of PKCS#8: Debian 12's ssh-keygen reads no Ed25519 in PKCS#8. */
const WITNESSES = [
  ["openssh", "openssh", (path: string) => execFileSync("ssh-keygen", ["-y", "-f", path], { encoding: "utf8" })],
  ["pkcs8", "pem", (path: string) => execFileSync("openssl", ["pkey", "-in", path, "-pubout"], { encoding: "utf8" })],
] as const;

describe.each(KEY_SPECS)("a key pair %s", (spec) => {
  it.each(WITNESSES)(
    "G03 P01 P15 is made and exported as %s, and another tool reads the same public key",
    async (format, shown, witness) => {
      const name = `${spec} as ${format}`;
      const made = await bench.must("keypairs", "create", "--name", name, "--spec", spec, "--scope", "account");
      const folder = join(bench.folder, `${spec}-${format}`);
      mkdirSync(folder, { mode: 0o700 });
      const exported = await bench.must(
        ...["keypairs", "export-private-key", "--ids", made.keypair.id],
        ...["--file.format", format, "--file.folder", folder],
      );
      const path: string = exported.files[0].path;
      expect(statSync(path).mode & 0o777).toBe(0o600);
      const { text } = await bench.must("keypairs", "public-key", "--id", made.keypair.id, "--format", shown);
      // The comment is free text; type and blob are the key.
      const key = (all: string) => (shown === "pem" ? all.trim() : all.trim().split(" ").slice(0, 2).join(" "));
      expect(key(witness(path))).toBe(key(text));
    },
  );
});

it("G03 P15 exports under a passphrase from a descriptor, and only that passphrase opens the file", async () => {
  const made = await bench.must("keypairs", "create", "--name", "sealed", "--spec", "ed25519");
  const args = ["keypairs", "export-private-key", "--ids", made.keypair.id, "--file.format", "openssh"];
  const run = await bench.unlocked([...args, "--file.passphrase-fd", "3"], { descriptors: ["the passphrase\n"] });
  expect(run.status, run.stderr).toBe(0);
  const path = run.result.files[0].path as string;
  expect(execFileSync("ssh-keygen", ["-y", "-P", "the passphrase", "-f", path], { encoding: "utf8" })).toContain(
    "ssh-ed25519",
  );
  expect(() => execFileSync("ssh-keygen", ["-y", "-P", "another", "-f", path], { stdio: "pipe" })).toThrow();
});

it("G03 P14 P16 clears a private key and imports it again from a file", async () => {
  const { keypair } = await bench.must("keypairs", "create", "--name", "round trip", "--spec", "ed25519");
  const { files } = await bench.must("keypairs", "export-private-key", "--ids", keypair.id, "--file.format", "openssh");
  expect((await bench.must("keypairs", "clear-private-key", "--id", keypair.id)).privateHalf).toBe("cleared");
  const back = await bench.must(
    "keypairs",
    "import-private-key",
    "--id",
    keypair.id,
    "--private-key-file",
    files[0].path,
  );
  expect(back.privateHalf).toBe("kept");
});

describe("exit status and error", () => {
  const wrong = () => bench.secretFile("wrong", "not the password of it");
  it.each([
    ["input: an unknown flag", ["keypairs", "list", "--nam", "x"], 2, "request/invalid-params"],
    ["input: an unknown operation", ["keypairs", "lst"], 2, "request/unknown-operation"],
    ["input: a parameter missing", ["keypairs", "create", "--name", "x"], 2, "request/invalid-params"],
    ["input: nobody to ask", ["keypairs", "list"], 2, "request/secret-needed"],
    ["input: JSON that is none", ["keypairs", "get", "--json", "{"], 2, "request/malformed"],
    [
      "conflict: --no-wait is refused with its reason",
      ["servers", "bind", "--id", "a", "--keypair-id", "b", "--no-wait"],
      2,
      "request/invalid-params",
    ],
  ])("G03 %s", async (_title, args, status, code) => {
    const run = await bench.run(args);
    expect(run).toMatchObject({ status, stdout: "", error: { code } });
    expect(Object.keys(run.error).sort()).toEqual(["code", "details", "kind", "message", "remedy"]);
  });

  it("G03 V01 denied: a wrong password", async () => {
    const run = await bench.run(["keypairs", "list", "--vault-password-file", wrong()]);
    expect(run).toMatchObject({
      status: 3,
      stdout: "",
      error: { code: "vault/wrong-password", kind: "denied", remedy: "correct-input" },
    });
    // Wrong passwords cost time by rule; the tests after this one need none of it.
    await new Promise((resolve) => setTimeout(resolve, 2_000));
  });

  it("G03 V01 missing: no vault there, said before a password is asked for", async () => {
    const run = await bench.run(["keypairs", "list"], { env: { KEYSTEAD_HOME: join(bench.folder, "elsewhere") } });
    expect(run).toMatchObject({ status: 5, error: { code: "vault/not-created" } });
  });

  it("G03 missing: no such key pair; conflict: a name that is taken", async () => {
    expect(await bench.unlocked(["keypairs", "get", "--id", "nope"])).toMatchObject({
      status: 5,
      error: { code: "keypairs/not-found" },
    });
    const args = ["keypairs", "create", "--name", "twice", "--spec", "ed25519", "--scope", "account"];
    await bench.must(...args);
    expect(await bench.unlocked(args)).toMatchObject({ status: 6, error: { code: "keypairs/name-taken" } });
  });

  it("G03 A01 refuses bad values through the dispatcher, which traces the refusal", async () => {
    const run = await bench.unlocked(["keypairs", "create", "--name", " x", "--spec", "ed25519"]);
    expect(run).toMatchObject({ status: 2, error: { code: "request/invalid-params", details: { field: "name" } } });
    const { traces } = await bench.must("audit", "list", "--outcome", "failed", "--name", "createKeypair");
    expect(traces[0]).toMatchObject({ code: "request/invalid-params", source: "cli" });
  });
});

it("G03 V01 makes no vault whose password could not be typed: a file with a spare blank line", async () => {
  const home = join(bench.folder, "untypeable");
  const spare = bench.secretFile("spare", `${bench.password}\n`);
  const run = await bench.run(
    ["vault", "create", "--name", "Bureau", "--user-name", "officer", "--password-file", spare],
    { env: { KEYSTEAD_HOME: home } },
  );
  expect(run).toMatchObject({ status: 2, error: { code: "request/invalid-params", details: { field: "password" } } });
  expect(run.error.message).toContain("line breaks");
  const change = [
    ...["vault", "change-password", "--current-password-file", bench.passwordFile],
    ...["--new-password-file", spare],
  ];
  expect(await bench.unlocked(change)).toMatchObject({ status: 2, error: { details: { field: "newPassword" } } });
});

it("G03 V01 ends with a reason where no folder can ever be made", async () => {
  const run = await bench.run(
    ["vault", "create", "--name", "Bureau", "--user-name", "officer", "--password-file", bench.passwordFile],
    { env: { KEYSTEAD_HOME: "/proc/nope" } },
  );
  expect(run).toMatchObject({ stdout: "", error: { code: "vault/disk-failed", details: { folder: "/proc/nope" } } });
});

it("G03 names a broken rule in words", async () => {
  const run = await bench.unlocked(["keypairs", "create", "--name", "", "--spec", "ed25519"]);
  expect(run.error.message).toBe("“name” is not valid: must not be empty.");
});

describe("parameters as JSON", () => {
  it.each([
    ["--json", ["--json", '{"limit":2}'], undefined],
    ["standard input", ["-"], '{"limit":2}'],
  ])("G03 takes them by %s", async (_title, args, input) => {
    const run = await bench.unlocked(["audit", "list", ...args], input === undefined ? {} : { input });
    expect(run.status, run.stderr).toBe(0);
    expect(run.result.traces).toHaveLength(2);
  });

  it("G03 takes them from a file, with a secret in it, and lets flags win", async () => {
    const file = bench.secretFile("request.json", JSON.stringify({ password: bench.password, userName: "nobody" }));
    const run = await bench.run(["vault", "unlock", "--json-file", file, "--user-name", "officer"]);
    expect(run).toMatchObject({ status: 0, result: { state: "unlocked" } });
  });

  it("G03 refuses more than a request may have", async () => {
    const run = await bench.unlocked(["audit", "list", "-"], { input: `{"keyword":"${"x".repeat(1_000_001)}"}` });
    expect(run).toMatchObject({ status: 2, error: { code: "request/too-large" } });
  });
});

describe("secrets", () => {
  const SECRET = "hunter2-hunter2-hunter2";
  it.each([
    ["a flag", ["vault", "unlock", "--password", SECRET]],
    ["a flag with =", ["vault", "unlock", `--password=${SECRET}`]],
    ["inline JSON", ["vault", "unlock", "--json", JSON.stringify({ password: SECRET })]],
    ["a nested flag", ["keypairs", "create", "--name", "x", "--spec", "ed25519", "--file.passphrase", SECRET]],
    ["nested JSON", ["keypairs", "create", "--json", JSON.stringify({ file: { passphrase: SECRET } })]],
  ])("G03 are refused as %s, without being repeated, and nothing is done", async (_title, args) => {
    const run = await bench.run(args);
    expect(run).toMatchObject({ status: 2, stdout: "", error: { code: "request/secret-in-arguments" } });
    expect(run.stderr).not.toContain("hunter2");
    expect(run.error.details.ways).toHaveLength(3);
  });

  it.each([
    ["password", ["keypairs", "list", "--vault-password", SECRET], ["file", "fd"]],
    ["PIN", ["keypairs", "list", `--vault-pin=${SECRET}`], ["file", "fd"]],
    ["password before the operation", ["--vault-password", SECRET, "keypairs", "list"], ["file", "fd"]],
    ["password alone", ["--vault-password", SECRET], ["file", "fd"]],
    ["password of a batch", ["batch", "--vault-password", SECRET], ["file", "fd", "prompt"]],
    ["PIN of a batch with a stray word", ["batch", "file", "--vault-pin", SECRET], ["file", "fd"]],
  ])("G03 are refused as the vault's %s, which is no slip in a name", async (_title, args, ways) => {
    const run = await bench.run(args);
    expect(run).toMatchObject({ status: 2, stdout: "", error: { code: "request/secret-in-arguments" } });
    const { flag } = run.error.details;
    expect(run.error.details.ways).toEqual(ways.map((way) => `${flag}-${way}`));
    expect(run.error.message).toMatch(/shell's history can read it/);
    expect(run.stderr).not.toContain("hunter2");
  });

  it("G03 are not taken from the environment", async () => {
    const env = { KEYSTEAD_PASSWORD: bench.password, KEYSTEAD_VAULT_PASSWORD: bench.password };
    expect(await bench.run(["keypairs", "list"], { env })).toMatchObject({
      status: 2,
      error: { code: "request/secret-needed" },
    });
  });

  it("G03 come from a file, with a warning when others may read it", async () => {
    const open = bench.secretFile("open-password", bench.password, 0o644);
    const run = await bench.run(["keypairs", "list", "--vault-password-file", open]);
    expect(run.status).toBe(0);
    expect(JSON.parse(run.stderr).warning.message).toContain(`chmod 600 ${open}`);
    expect((await bench.unlocked(["keypairs", "list"])).stderr).toBe("");
  });

  it.each([
    ["a file that is not there", ["--vault-password-file", "/nonexistent/password"]],
    ["an empty file", ["--vault-password-file", "/dev/null"]],
    ["a file without end", ["--vault-password-file", "/dev/zero"]],
    ["a folder", ["--vault-password-file", "/tmp"]],
    ...["3", "5", "6", "9", "13", "40"].map((fd): [string, string[]] => [
      `descriptor ${fd}, which nobody opened`,
      ["--vault-password-fd", fd],
    ]),
    ["a descriptor that is no number", ["--vault-password-fd", "three"]],
    ["the descriptor of the answers", ["--vault-password-fd", "1"]],
  ])("G03 are named unreadable when they should come from %s", async (_title, args) => {
    expect(await bench.run(["keypairs", "list", ...args])).toMatchObject({
      status: 2,
      error: { code: "request/secret-unreadable" },
    });
  });

  it("G03 stand neither in the arguments nor in the environment of the running process", async () => {
    const child = bench.start(["batch", "--vault-password-fd", "3"], { descriptors: [bench.password] });
    const done = finished(child);
    child.stdin?.write('{"id":1,"operation":"vault.status"}\n');
    await new Promise((resolve) => child.stdout?.once("data", resolve));
    for (const file of ["cmdline", "environ"])
      expect(readFileSync(`/proc/${child.pid}/${file}`, "utf8")).not.toContain(bench.password);
    child.stdin?.end();
    expect((await done).status).toBe(0);
  });

  it("G03 are typed on the terminal without being shown", async () => {
    const command = `${resolve("scripts/keystead")} keypairs list`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      env: { PATH: process.env.PATH, HOME: bench.folder, KEYSTEAD_HOME: bench.home },
    });
    let screen = "";
    let typed = false;
    child.stdout.on("data", (chunk: Buffer) => {
      screen += chunk.toString();
      if (typed || !screen.includes("Vault password of officer: ")) return;
      typed = true;
      // A slip, taken back by Ctrl-U, and one taken back by backspace.
      child.stdin.write(`oops\u0015${bench.password}ü\u007f\r`);
    });
    const status = await new Promise((resolve) => child.once("close", resolve));
    expect(status, screen).toBe(0);
    expect(screen).toContain('"keypairs": [');
    expect(screen).not.toContain(bench.password);
  });

  it("G03 leave by Ctrl-C while they are typed, with status 130", async () => {
    const command = `${resolve("scripts/keystead")} keypairs list`;
    const child = spawn("script", ["-qec", command, "/dev/null"], {
      env: { PATH: process.env.PATH, HOME: bench.folder, KEYSTEAD_HOME: bench.home },
    });
    child.stdout.on("data", (chunk: Buffer) => {
      if (chunk.toString().includes("Vault password")) child.stdin.write("half\u0003");
    });
    expect(await new Promise((resolve) => child.once("close", resolve))).toBe(130);
  });
});

it("G03 V01 tells the second process which one holds the vault", async () => {
  const holder = bench.start(["batch", "--vault-password-file", bench.passwordFile]);
  const done = finished(holder);
  holder.stdin?.write('{"id":1,"operation":"vault.status"}\n');
  await new Promise((resolve) => holder.stdout?.once("data", resolve));
  const second = await bench.unlocked(["keypairs", "list"]);
  expect(second).toMatchObject({
    status: 6,
    error: { code: "vault/held-by-other", details: { pid: holder.pid, door: "cli" } },
  });
  expect(second.error.message).toContain(String(holder.pid));
  holder.stdin?.end();
  expect((await done).status).toBe(0);
  expect((await bench.unlocked(["keypairs", "list"])).status).toBe(0);
});

it("G03 V01 locks at a signal: the next process unlocks, and the traces are whole", async () => {
  const child = bench.start(["batch", "--vault-password-file", bench.passwordFile]);
  const done = finished(child);
  child.stdin?.write('{"id":1,"operation":"vault.status"}\n');
  await new Promise((resolve) => child.stdout?.once("data", resolve));
  child.kill("SIGINT");
  expect(await done).toMatchObject({ status: 130, error: { code: "request/interrupted" } });
  expect(readdirSync(bench.home)).not.toContain("vault.holder.json");
  expect(await bench.must("audit", "verify")).toMatchObject({ intact: true });
});

it("G03 shows its version and its help without a vault", async () => {
  const env = { KEYSTEAD_HOME: join(bench.folder, "none") };
  expect((await bench.run(["--version"], { env })).result).toEqual({
    version: expect.stringMatching(/^\d+\.\d+\.\d+$/),
  });
  expect(await bench.run(["servers", "bind", "--help"], { env })).toMatchObject({ status: 0, stderr: "" });
});
