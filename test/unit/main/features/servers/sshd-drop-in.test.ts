import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { chooseSettingsPlace, dropInContent, passwordOffSettings } from "#main/features/servers/sshd-drop-in.ts";
import { findIncludes, hasBlock, insertBlock, removeBlock } from "#main/features/servers/sshd-main-file.ts";

const FOLDER = "/etc/ssh/sshd_config.d";
const DEBIAN = `# comment\n\nInclude ${FOLDER}/*.conf\n\nUsePAM yes\n#PasswordAuthentication yes\n`;

function choose(names: readonly string[], mainFile = DEBIAN, folder = FOLDER) {
  return chooseSettingsPlace({ mainPath: "/etc/ssh/sshd_config", mainFile, listings: new Map([[folder, names]]) });
}

describe("chooseSettingsPlace", () => {
  it.each([
    [[], "00-keystead.conf"],
    [["50-cloud-init.conf", "README"], "00-keystead.conf"],
    [["00-cloud-init.conf"], "00-0-keystead.conf"],
    [["00-0-a.conf", "00-cloud-init.conf"], "00-0-0-keystead.conf"],
    [["0.conf"], "0.0-keystead.conf"],
    [["!.conf"], "!.0-keystead.conf"],
    [["00-A.conf"], "00-0-keystead.conf"],
    [[".hidden.conf", "00-later.txt", "10-a.conf"], "00-keystead.conf"],
  ])("P07 B29 B30 with %j writes %s", (names, name) => {
    expect(choose(names)).toEqual({ kind: "drop-in", path: `${FOLDER}/${name}`, existing: false, readBefore: [] });
  });

  it("P07 B29 B30 always sorts first, matches the pattern and is found again", () => {
    const fileName = fc
      .stringMatching(/^[!-.0-~]{1,12}$/)
      .filter((name) => !name.startsWith(".") && !name.includes("/"));
    fc.assert(
      fc.property(fc.array(fileName.map((name) => `${name}.conf`)), (names) => {
        fc.pre(!names.some((name) => name.includes("0-keystead")));
        const place = choose(names);
        if (place.kind !== "drop-in") throw new Error(`${place.reason} for ${names}`);
        const name = place.path.slice(FOLDER.length + 1);
        expect(name).toMatch(/^[^./][^/]*\.conf$/);
        for (const other of names) expect(Buffer.compare(Buffer.from(name), Buffer.from(other))).toBe(-1);
        expect(choose([...names, name])).toEqual({ ...place, existing: true });
      }),
      { numRuns: 1000 },
    );
  });

  it("P07 B42 keeps the name of our file when another file now sorts before it, and says so", () => {
    expect(choose(["00-cloud-init.conf", "00-keystead.conf"])).toEqual({
      kind: "drop-in",
      path: `${FOLDER}/00-keystead.conf`,
      existing: true,
      readBefore: [`${FOLDER}/00-cloud-init.conf`],
    });
  });

  it.each([
    ["no-include", "UsePAM yes\n"],
    ["no-include", "# Include /etc/ssh/sshd_config.d/*.conf\n"],
    ["include-in-match", `Match User a\nInclude ${FOLDER}/*.conf\n`],
    ["include-too-late", `PasswordAuthentication yes\nInclude ${FOLDER}/*.conf\n`],
    ["include-too-late", `kbdinteractiveauthentication=yes\nInclude ${FOLDER}/*.conf\n`],
    ["include-without-wildcard", "Include /etc/ssh/extra.conf\n"],
    ["include-without-wildcard", "Include /etc/*/x/*.conf\n"],
  ])("P07 B31 goes into the main file: %s", (reason, mainFile) => {
    expect(choose([], mainFile)).toEqual({ kind: "main-file", path: "/etc/ssh/sshd_config", reason });
  });

  it("P07 B31 goes into the main file when the folder of the Include is not there", () => {
    const place = chooseSettingsPlace({ mainPath: "/etc/ssh/sshd_config", mainFile: DEBIAN, listings: new Map() });
    expect(place).toEqual({ kind: "main-file", path: "/etc/ssh/sshd_config", reason: "include-without-folder" });
  });

  it("P07 B29 B30 follows the Include that is there", () => {
    const place = choose(["a.cfg"], 'include "conf.d/*.cfg" other/*\n', "/etc/ssh/conf.d");
    expect(place).toMatchObject({ kind: "drop-in", path: "/etc/ssh/conf.d/00-keystead.cfg" });
  });
});

describe("findIncludes", () => {
  it("P07 B29 B31 sees what stands before an Include, and Match", () => {
    const found = findIncludes("Port 22 # x\n Include=a/*.conf # b\nMatch all\n\tInclude /c\n", "/etc/ssh");
    expect(found).toEqual([
      { patterns: ["/etc/ssh/a/*.conf"], insideMatch: false, setBefore: new Set(["port"]) },
      { patterns: ["/c"], insideMatch: true, setBefore: new Set(["port"]) },
    ]);
  });
});

describe("the settings", () => {
  it("P07 B33 B35 close both doors and leave PAM alone", () => {
    const text = dropInContent({ kbdInteractiveKeywords: ["ChallengeResponseAuthentication"] }).toString();
    const lines = text.split("\n").filter((line) => !line.startsWith("#"));
    expect(lines).toEqual(["PasswordAuthentication no", "ChallengeResponseAuthentication no", ""]);
  });

  it("P07 B32 override Match blocks only when asked", () => {
    const choice = { kbdInteractiveKeywords: ["KbdInteractiveAuthentication"] } as const;
    expect(passwordOffSettings(choice)).toHaveLength(2);
    expect(passwordOffSettings({ ...choice, overrideMatchBlocks: true })).toContain("Match all");
  });
});

describe("the block in the main file", () => {
  const settings = passwordOffSettings({ kbdInteractiveKeywords: ["KbdInteractiveAuthentication"] });

  it("P07 B31 stands before everything, a commented Match too", () => {
    const text = insertBlock(Buffer.from("#Match all\nPasswordAuthentication yes\n"), settings).toString();
    expect(text.indexOf("PasswordAuthentication no")).toBeLessThan(text.indexOf("#Match"));
    expect(text.match(/PasswordAuthentication no/g)).toHaveLength(1);
  });

  it("P07 B31 B43 gives the file back byte for byte, from any bytes, after any number of inserts", () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), fc.integer({ min: 1, max: 3 }), (bytes, times) => {
        const original = Buffer.from(bytes);
        let now: Buffer = original;
        for (let i = 0; i < times; i++) now = insertBlock(now, settings);
        expect(hasBlock(now)).toBe(true);
        expect(removeBlock(now)).toEqual(original);
        expect(removeBlock(original)).toEqual(original);
      }),
    );
  });

  it("P07 B31 leaves a block without its end line alone", () => {
    const cut = Buffer.from(
      insertBlock(Buffer.from("UsePAM yes\n"), settings).toString().replace("# END Keystead\n", ""),
    );
    expect(removeBlock(cut)).toEqual(cut);
  });
});
