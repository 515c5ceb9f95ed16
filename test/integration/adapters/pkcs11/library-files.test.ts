import { execFileSync } from "node:child_process";
import { chmod, copyFile, mkdtemp, readFile, rm, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, it } from "vitest";
import { hasProgram, sayOnce } from "#test/support/tokens/programs.ts";
import { softHsmModule, softHsmUnavailable, startSoftHsm } from "#test/support/tokens/softhsm.ts";
import { closeModules, failureOf, modulesWith } from "./open-tokens.ts";

const noCompiler = process.platform === "linux" && hasProgram("gcc") ? undefined : sayOnce("No gcc here.");

describe.skipIf(softHsmUnavailable() !== undefined)("a path that is no PKCS#11 library", () => {
  let folder: string;
  let good: string;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "keystead-library-"));
    good = softHsmModule() ?? "";
  });
  afterEach(closeModules);
  afterAll(() => rm(folder, { recursive: true, force: true }));

  const refusal = (path: string) => failureOf(modulesWith().open(path));
  const place = (name: string): string => join(folder, name);

  it("H01 refuses one that is not there, and a relative one, which the loader would look for elsewhere", async () => {
    expect((await refusal(place("nothing.so"))).code).toBe("tokens/module-not-found");
    expect((await refusal("libsofthsm2.so")).code).toBe("tokens/module-not-found");
    expect((await refusal("./libsofthsm2.so")).code).toBe("tokens/module-not-found");
  });

  it("H01 refuses a folder, a text, an empty file, a truncated library, and one inside an archive", async () => {
    await writeFile(place("text.so"), "GROUP ( libc.so.6 )\n".repeat(10));
    await writeFile(place("empty.so"), "");
    await writeFile(place("half.so"), (await readFile(good)).subarray(0, 5000));
    for (const path of [folder, place("text.so"), place("empty.so"), place("half.so"), "/opt/app.asar/module.so"]) {
      expect((await refusal(path)).code).toBe("tokens/module-unloadable");
    }
    expect((await refusal(folder)).message).toContain("folder");
    expect((await refusal(place("text.so"))).message).toContain("not a library");
  });

  it("H01 refuses a library for another processor, and says so", async () => {
    const bytes = await readFile(good);
    // e_machine: 243 is RISC-V.
    bytes.writeUInt16LE(243, 18);
    await writeFile(place("riscv.so"), bytes);
    const error = await refusal(place("riscv.so"));
    expect(error.code).toBe("tokens/module-unloadable");
    expect(error.message).toContain("another kind of processor");
  });

  it("H01 refuses a library without C_GetFunctionList", async () => {
    const libm = execFileSync("sh", ["-c", "ldconfig -p | sed -n 's/.*libz.so.1 .*=> //p' | head -1"])
      .toString()
      .trim();
    expect((await refusal(libm)).code).toBe("tokens/module-not-pkcs11");
  });

  it.skipIf(noCompiler !== undefined)("H01 quotes the loader for a missing dependency", async () => {
    const gcc = (name: string, source: string, ...more: string[]): void => {
      execFileSync("gcc", ["-shared", "-fPIC", "-x", "c", "-", "-o", place(name), ...more], { input: source });
    };
    gcc("libneeded.so", "int needed(void) { return 1; }");
    gcc(
      "needs.so",
      "int needed(void); int x(void) { return needed(); }",
      `-L${folder}`,
      "-lneeded",
      "-Wl,--no-as-needed",
    );
    await rm(place("libneeded.so"));
    const error = await refusal(place("needs.so"));
    expect(error.code).toBe("tokens/module-unloadable");
    expect(error.message).toMatch(/“.*libneeded\.so.*”/);
    expect(error.message.length).toBeLessThan(700);
  });

  it.skipIf(process.getuid?.() === 0)("H01 says that a file cannot be read", async () => {
    await copyFile(good, place("closed.so"));
    await chmod(place("closed.so"), 0o000);
    expect((await refusal(place("closed.so"))).message).toContain("permissions");
  });

  it("C6 takes a link and its target for one library", async () => {
    const hsm = await startSoftHsm();
    await symlink(good, place("link.so"));
    const modules = modulesWith(hsm.env);
    expect(await modules.open(place("link.so"))).toBe(await modules.open(good));
    await modules.closeAll();
    await hsm.dispose();
  });

  it("H01 names a configuration that the library refuses", async () => {
    const modules = modulesWith({ SOFTHSM2_CONF: place("no-such.conf") });
    const error = await failureOf(modules.open(good));
    expect(error).toMatchObject({ code: "tokens/module-unloadable", details: { call: "C_Initialize" } });
  });
});
