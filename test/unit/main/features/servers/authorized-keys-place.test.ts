import { describe, expect, it } from "vitest";
import { judgeKeysPlace } from "#main/features/servers/authorized-keys-place.ts";
import { type LsFacts, parseLsFacts } from "#main/features/servers/remote/ls-facts.ts";
import type { RemoteKeysFile } from "#main/features/servers/remote/read-authorized-keys.ts";

const PATH = "/home/anna/.ssh/authorized_keys";

function facts(mode: number, changes: Partial<LsFacts> = {}): LsFacts {
  return { type: "folder", mode, acl: false, links: 1, uid: 1000, gid: 1000, size: 0, ...changes };
}

function makeRead(changes: Partial<RemoteKeysFile> = {}): RemoteKeysFile {
  const folder = facts(0o700);
  return {
    path: PATH,
    realPath: PATH,
    realFolder: "/home/anna/.ssh",
    content: Buffer.alloc(0),
    digest: "",
    file: facts(0o600, { type: "file" }),
    folder,
    fileLink: undefined,
    folderLink: undefined,
    above: [
      { path: "/home/anna/.ssh", facts: folder },
      { path: "/home/anna", facts: facts(0o755) },
      // Above the home sshd does not look.
      { path: "/home", facts: facts(0o777, { uid: 7 }) },
      { path: "/", facts: facts(0o755, { uid: 0 }) },
    ],
    attributes: "",
    runsAsUid: 1000,
    others: [],
    ...changes,
  };
}

function judge(changes: Partial<RemoteKeysFile>, question: { strictModes?: boolean; follow?: string } = {}) {
  const found = judgeKeysPlace(makeRead(changes), {
    uid: 1000,
    realHome: "/home/anna",
    strictModes: true,
    ...question,
  });
  return found.map((one) => `${one.code}${one.blocks ? "" : " perhaps"}`);
}

describe("judgeKeysPlace", () => {
  const above = makeRead().above;
  const loose = [{ path: "/home/anna", facts: facts(0o775) }, ...above.slice(2)];
  it.each<[string, Partial<RemoteKeysFile>, string[]]>([
    ["a usual place", {}, []],
    ["no file yet", { file: undefined }, []],
    ["a link", { fileLink: "../k", realPath: "/home/anna/k" }, ["servers/authorized-keys-symlink"]],
    ["a linked folder", { folderLink: "/k" }, ["servers/authorized-keys-symlink"]],
    ["a fifo", { file: facts(0o600, { type: "other" }) }, ["servers/authorized-keys-not-regular"]],
    ["hard links", { file: facts(0o600, { type: "file", links: 2 }) }, ["servers/authorized-keys-not-regular"]],
    ["an immutable file", { attributes: "i" }, ["servers/not-permitted"]],
    ["a file all may write", { file: facts(0o602, { type: "file" }) }, ["servers/authorized-keys-unsafe"]],
    ["a stranger's file", { file: facts(0o600, { type: "file", uid: 5 }) }, ["servers/authorized-keys-unsafe"]],
    ["root's file", { file: facts(0o644, { type: "file", uid: 0 }) }, []],
    ["a home its group may write", { above: loose }, ["servers/authorized-keys-unsafe perhaps"]],
  ])("P07 B8 B10 B12 B26 judges %s", (_, changes, codes) => {
    expect(judge(changes)).toEqual(codes);
  });

  it("P07 B11 takes a link that a person agreed to", () => {
    expect(judge({ fileLink: "../k", realPath: "/home/anna/k" }, { follow: "/home/anna/k" })).toEqual([]);
  });

  it("P07 B12 leaves modes alone when StrictModes is off", () => {
    expect(judge({ above: loose }, { strictModes: false })).toEqual([]);
  });

  it("P07 B12 looks up to / for a file outside the home", () => {
    const etc = [
      { path: "/etc/keys", facts: facts(0o755, { uid: 0 }) },
      { path: "/", facts: facts(0o777, { uid: 0 }) },
    ];
    expect(judge({ realPath: "/etc/keys/anna", above: etc })).toEqual(["servers/authorized-keys-unsafe"]);
  });
});

describe("parseLsFacts", () => {
  it.each([
    ["-rw-r--r--,1,0,5,12", { type: "file", mode: 0o644, acl: false, links: 1, uid: 0, gid: 5, size: 12 }],
    ["drwxrwsrwt+,2,1,2,0", { type: "folder", mode: 0o3777, acl: true }],
    ["-rwS--x--T.,1,0,0,0", { type: "file", mode: 0o5610, acl: false }],
    ["lrwxrwxrwx,1,0,0,7", { type: "link", mode: 0o777 }],
    ["crw-rw-rw-,1,0,0,1,", { type: "other", mode: 0o666 }],
  ])("P07 B12 reads %s", (text, expected) => {
    expect(parseLsFacts(text)).toMatchObject(expected);
  });

  it.each(["", "total,0", "-rw-r--r--,1,root,0,1"])("P07 B12 refuses %j", (text) => {
    expect(() => parseLsFacts(text)).toThrow(expect.objectContaining({ code: "servers/unexpected-answer" }));
  });
});
