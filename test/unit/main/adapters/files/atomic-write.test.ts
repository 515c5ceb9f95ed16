import {
  chmodSync,
  chownSync,
  lstatSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { writeFileAtomic, writeNewPrivateFile } from "#main/adapters/files/atomic-write.ts";

const NOBODY = 65_534;
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "keystead-atomic-"));
  chmodSync(folder, 0o755);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A folder that its owner may write to and not read: it cannot be opened, so nothing in it can be made durable. */
function inWriteOnlyFolder(work: (path: string) => void): void {
  const path = join(folder, "write-only");
  mkdirSync(path);
  const root = process.geteuid?.() === 0;
  if (root) chownSync(path, NOBODY, NOBODY);
  chmodSync(path, 0o300);
  if (root) process.seteuid?.(NOBODY);
  try {
    work(path);
  } finally {
    if (root) process.seteuid?.(0);
    chmodSync(path, 0o700);
  }
}

const codeOf = (work: () => void): unknown => {
  let code: unknown = "ok";
  try {
    work();
  } catch (error) {
    code = (error as { code?: unknown }).code;
  }
  return code;
};

describe("V01 files replaced as a whole", () => {
  it("V02 writes through no link that stands where its temporary file goes", () => {
    const path = join(folder, "vault.json");
    const elsewhere = join(folder, "somebody-elses");
    writeFileSync(elsewhere, "precious");
    symlinkSync(elsewhere, `${path}.${process.pid}.tmp`);
    writeFileAtomic(path, Buffer.from("new"), 0o600);
    expect(readFileSync(elsewhere, "utf8")).toBe("precious");
    expect(lstatSync(path).isFile()).toBe(true);
    expect(readFileSync(path, "utf8")).toBe("new");
  });

  it.skipIf(process.platform === "win32")("V01 replaces nothing in a folder that cannot be made durable", () => {
    inWriteOnlyFolder((path) => {
      expect(codeOf(() => writeFileAtomic(join(path, "vault.json"), Buffer.from("new"), 0o600))).toBe(
        "vault/disk-failed",
      );
    });
    expect(readdirSync(join(folder, "write-only"))).toEqual([]);
  });

  it.skipIf(process.platform === "win32")("P05 leaves no key file behind that it does not tell of", () => {
    inWriteOnlyFolder((path) => {
      expect(codeOf(() => writeNewPrivateFile(join(path, "key"), Buffer.from("secret")))).toBe("files/not-writable");
    });
    expect(readdirSync(join(folder, "write-only"))).toEqual([]);
  });
});
