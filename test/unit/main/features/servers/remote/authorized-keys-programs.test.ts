import { execFileSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  linkSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type ReadAuthorizedKeys, readAuthorizedKeys } from "#main/features/servers/remote/read-authorized-keys.ts";
import { writeAuthorizedKeys } from "#main/features/servers/remote/write-authorized-keys.ts";
import { runHere, SHELLS } from "./local-shell.ts";

const LOGIN = { kind: "login" } as const;
const me = { uid: process.getuid?.() ?? 0, gid: process.getgid?.() ?? 0 };

let home = "";
let file = "";
let shell: readonly string[] = ["sh"];

beforeEach(() => {
  // Not in a folder with links on the way, such as /tmp on some systems.
  home = mkdtempSync("/var/tmp/keystead-home-");
  file = join(home, ".ssh/authorized_keys");
});
afterEach(() => rmSync(home, { recursive: true, force: true }));

function put(text: string, mode = 0o600): void {
  mkdirSync(join(home, ".ssh"), { mode: 0o700, recursive: true });
  writeFileSync(file, text);
  chmodSync(file, mode);
}

function read(changes: Partial<ReadAuthorizedKeys> = {}) {
  return runHere(readAuthorizedKeys({ path: file, runAs: LOGIN, limit: 1_048_576, ...changes }), shell);
}

async function write(
  content: string | "absent",
  changes: { follow?: string; removeFolder?: boolean; reading?: Awaited<ReturnType<typeof read>> } = {},
) {
  const { reading, ...rest } = changes;
  const bytes = content === "absent" ? content : Buffer.from(content);
  const now = reading ?? (await read(rest.follow === undefined ? {} : { follow: rest.follow }));
  return runHere(writeAuthorizedKeys({ read: now, content: bytes, owner: me, runAs: LOGIN, ...rest }), shell);
}

function code(value: string) {
  return expect.objectContaining({ code: value });
}

describe.each(SHELLS.map((one) => [one.join(" "), one] as const))("with login shell %s", (_, one) => {
  beforeEach(() => {
    shell = one;
  });

  it("P07 B7 B9 B12 makes folder and file when there is none", async () => {
    const before = await read();
    expect(before).toMatchObject({ digest: "absent", file: undefined, folder: undefined, realPath: file });
    expect(await write("a\n")).toMatchObject({ state: "written", madeFolder: true });
    expect(readFileSync(file, "utf8")).toBe("a\n");
    expect(statSync(join(home, ".ssh")).mode & 0o7777).toBe(0o700);
    expect(statSync(file).mode & 0o7777).toBe(0o600);
    expect(readdirSync(join(home, ".ssh"))).toEqual(["authorized_keys"]);
  });

  it("P07 B8 keeps the mode, and a backup of any bytes comes back", async () => {
    const bytes = Buffer.from([0, 255, 13, 10, 39, 92, 10, 10]);
    put("", 0o640);
    writeFileSync(file, bytes);
    const before = await read();
    expect(before.content).toEqual(bytes);
    await write("new\n");
    expect(statSync(file).mode & 0o7777).toBe(0o640);
    const restored = writeAuthorizedKeys({ read: await read(), content: before.content, owner: me, runAs: LOGIN });
    expect(await runHere(restored, shell)).toMatchObject({ state: "written", digest: before.digest });
    expect(readFileSync(file)).toEqual(bytes);
  });

  it("P07 B17 writes nothing when the file changed since it was read", async () => {
    put("old\n");
    const reading = await read();
    put("other\n");
    await expect(write("new\n", { reading })).rejects.toThrow(code("servers/changed-meanwhile"));
    expect(readFileSync(file, "utf8")).toBe("other\n");
    expect(readdirSync(join(home, ".ssh"))).toEqual(["authorized_keys"]);
  });

  it("P07 B22 writes nothing, and leaves nothing, when nobody gives the go-ahead any more", async () => {
    put("old\n");
    const program = writeAuthorizedKeys({ read: await read(), content: Buffer.from("new\n"), owner: me, runAs: LOGIN });
    const silent = { ...program, answers: program.answers?.map((each) => ({ ...each, stdin: "" })) };
    await expect(runHere(silent, shell)).rejects.toThrow(code("servers/timed-out"));
    expect(readFileSync(file, "utf8")).toBe("old\n");
    expect(readdirSync(join(home, ".ssh"))).toEqual(["authorized_keys"]);
  });

  it("P07 B18 leaves the very file when its content is wanted already, as after a lost answer", async () => {
    put("old\n");
    const reading = await read();
    await write("new\n", { reading });
    const inode = statSync(file).ino;
    expect(await write("new\n", { reading })).toMatchObject({ state: "unchanged" });
    expect(statSync(file).ino).toBe(inode);
  });
});

describe("unusual places", () => {
  beforeEach(() => {
    shell = ["sh"];
  });

  it("P07 B22 takes file and folder away again when a rollback goes back to nothing", async () => {
    await write("a\n");
    expect(await write("absent", { removeFolder: true })).toMatchObject({ state: "removed", digest: "absent" });
    expect(existsSync(join(home, ".ssh"))).toBe(false);
  });

  it("P07 B22 leaves a folder with other files", async () => {
    put("a\n");
    writeFileSync(join(home, ".ssh/config"), "");
    await write("absent", { removeFolder: true });
    expect(readdirSync(join(home, ".ssh"))).toEqual(["config"]);
  });

  it("P07 B10 B11 refuses a linked file, and follows it when the target is named", async () => {
    put("");
    rmSync(file);
    const target = join(home, "keys");
    writeFileSync(target, "old\n", { mode: 0o600 });
    symlinkSync("../keys", file);
    const seen = await read();
    expect(seen).toMatchObject({ fileLink: "../keys", realPath: target });
    await expect(write("new\n", { reading: seen })).rejects.toThrow(code("servers/authorized-keys-symlink"));
    expect(readFileSync(target, "utf8")).toBe("old\n");
    await write("new\n", { follow: target });
    expect(lstatSync(file).isSymbolicLink()).toBe(true);
    expect(readFileSync(target, "utf8")).toBe("new\n");
  });

  it.runIf(me.uid === 0)("P07 B10 does not even read what a link points at when it runs as root", async () => {
    put("");
    rmSync(file);
    symlinkSync("/etc/shadow", file);
    expect(await read()).toMatchObject({ realPath: "/etc/shadow", digest: "unread", content: Buffer.alloc(0) });
  });

  it("P07 B10 B11 refuses a linked folder, and follows it when the target is named", async () => {
    mkdirSync(join(home, "real"), { mode: 0o700 });
    symlinkSync("real", join(home, ".ssh"));
    const reading = await read();
    expect(reading).toMatchObject({ folderLink: "real", realPath: join(home, "real/authorized_keys") });
    await expect(write("new\n", { reading })).rejects.toThrow(code("servers/authorized-keys-symlink"));
    await write("new\n", { follow: join(home, "real/authorized_keys") });
    expect(readFileSync(join(home, "real/authorized_keys"), "utf8")).toBe("new\n");
  });

  it("P07 B10 writes nothing when a link takes the file's or the folder's place after reading", async () => {
    put("old\n");
    const reading = await read();
    writeFileSync(join(home, "target"), "old\n");
    rmSync(file);
    symlinkSync("../target", file);
    await expect(write("new\n", { reading })).rejects.toThrow(code("servers/authorized-keys-symlink"));
    rmSync(file);
    rmSync(join(home, ".ssh"), { recursive: true });
    mkdirSync(join(home, "trap"));
    symlinkSync("trap", join(home, ".ssh"));
    await expect(write("new\n", { reading })).rejects.toThrow(code("servers/authorized-keys-symlink"));
    expect(readdirSync(join(home, "trap"))).toEqual([]);
    expect(readFileSync(join(home, "target"), "utf8")).toBe("old\n");
  });

  it("P07 B12 reports what is no regular file", async () => {
    put("");
    rmSync(file);
    mkdirSync(file);
    const reading = await read();
    expect(reading).toMatchObject({ digest: "not-regular", file: { type: "folder" } });
    await expect(write("new\n", { reading })).rejects.toThrow(code("servers/authorized-keys-not-regular"));
  });

  it("P07 B12 tells modes, owners and links of all that sshd looks at", async () => {
    put("a\n", 0o664);
    linkSync(file, join(home, "second"));
    chmodSync(home, 0o775);
    const seen = await read();
    expect(seen.file).toMatchObject({ type: "file", mode: 0o664, links: 2, uid: me.uid, size: 2 });
    expect(seen.folder).toMatchObject({ type: "folder", mode: 0o700 });
    expect(seen.above.map((one) => one.path)).toEqual([join(home, ".ssh"), home, "/var/tmp", "/var", "/"]);
    expect(seen.above[1]?.facts.mode).toBe(0o775);
    expect(seen.above[2]?.facts.mode).toBe(0o1777);
  });

  it("P07 B26 does not read more than the limit", async () => {
    put("x".repeat(2000));
    await expect(read({ limit: 1999 })).rejects.toThrow(code("servers/authorized-keys-too-large"));
    expect((await read({ limit: 2000 })).content).toHaveLength(2000);
  });

  it("P07 B14 handles a path with blanks, quotes and other characters", async () => {
    const odd = join(home, "a 'b\" $(c) é*");
    mkdirSync(odd, { mode: 0o700 });
    const path = join(odd, "k e y s");
    const program = writeAuthorizedKeys({
      read: await read({ path }),
      content: Buffer.from("a\n"),
      owner: me,
      runAs: LOGIN,
    });
    expect(await runHere(program)).toMatchObject({ state: "written", madeFolder: false });
    expect((await read({ path })).content.toString()).toBe("a\n");
  });

  it("P07 B12 makes no folder above the keys folder", async () => {
    await expect(read({ path: join(home, "no/where/keys") })).rejects.toThrow(
      code("servers/authorized-keys-elsewhere"),
    );
  });

  it.runIf(has("setfacl"))("P07 B8 keeps an ACL", async () => {
    put("a\n");
    execFileSync("setfacl", ["-m", "u:12345:r", file]);
    await write("b\n");
    expect(execFileSync("getfacl", ["-cn", file], { encoding: "utf8" })).toContain("user:12345:r--");
  });

  it("P07 B9 writes a file near the limit whole", async () => {
    const large = `${"# filler\n".repeat(100_000)}end\n`;
    put(large);
    expect(await write(`${large}more\n`)).toMatchObject({ state: "written" });
    expect(readFileSync(file, "utf8")).toBe(`${large}more\n`);
  });
});

function has(tool: string): boolean {
  try {
    execFileSync("sh", ["-c", `command -v ${tool}`]);
    return true;
  } catch (error) {
    if (error instanceof Error) return false;
    throw error;
  }
}
