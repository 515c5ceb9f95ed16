import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { type AuthorizedKeysFile, isSameKey, parseAuthorizedKeys } from "#main/features/servers/authorized-keys.ts";
import { checkLineValue, formatKeyLine, planAdd, planRemove } from "#main/features/servers/authorized-keys-edit.ts";
import { BLOB, makeBlob } from "./key-lines.ts";

const KEY = { type: "ssh-ed25519", blob: BLOB, comment: "anna" };
const LINE = `ssh-ed25519 ${BLOB.toString("base64")} anna`;
const OTHER = `ssh-ed25519 ${makeBlob("ssh-ed25519", "f".repeat(32)).toString("base64")} bob`;

function parse(text: string): AuthorizedKeysFile {
  return parseAuthorizedKeys(Buffer.from(text));
}

function added(text: string): string {
  const plan = planAdd(parse(text), KEY);
  if (plan.kind !== "write") throw new Error(plan.kind);
  return plan.bytes.toString();
}

describe("planAdd", () => {
  it.each([
    ["empty", "", `${LINE}\n`],
    ["another key", `${OTHER}\n`, `${OTHER}\n${LINE}\n`],
    ["no final LF", OTHER, `${OTHER}\n${LINE}\n`],
    ["CRLF", `${OTHER}\r\n`, `${OTHER}\r\n${LINE}\n`],
    ["a comment without LF", "# mine", `# mine\n${LINE}\n`],
  ])("P07 B1 B26 appends to a file that is: %s", (_, before, after) => {
    expect(added(before)).toBe(after);
  });

  it.each([[`${LINE}\n`], [LINE], [LINE.replace("anna", "other words")], [`${OTHER}\n${LINE}\r\n`]])(
    "P07 B18 changes nothing when the key is there: %s",
    (text) => {
      expect(planAdd(parse(text), KEY).kind).toBe("unchanged");
    },
  );

  it("P07 B5 shows both lines when the key is there with options", () => {
    const plan = planAdd(parse(`restrict ${LINE}\n${LINE}\n`), KEY);
    expect(plan).toEqual({
      kind: "restricted-twin",
      present: [`restrict ${LINE}`, LINE],
      wanted: LINE,
      namedInstead: undefined,
    });
  });

  it("P07 B5 takes a bare line that comes first, since sshd does", () => {
    expect(planAdd(parse(`${LINE}\nrestrict ${LINE}\n`), KEY).kind).toBe("unchanged");
  });
});

describe("planRemove", () => {
  it("P11 B3 removes every line of the key and shows it", () => {
    const plan = planRemove(parse(`# a\nrestrict ${LINE}\n${OTHER}\n${LINE}`), KEY);
    expect(plan).toEqual({ kind: "write", bytes: Buffer.from(`# a\n${OTHER}\n`), removed: [`restrict ${LINE}`, LINE] });
  });

  it("P11 B18 changes nothing when the key is not there", () => {
    expect(planRemove(parse(OTHER), KEY)).toEqual({ kind: "unchanged" });
  });
});

describe("over any file", () => {
  const keyLine = fc.constantFrom(LINE, OTHER, `restrict ${LINE}`, `command="a \\"b\\"" ${OTHER}`);
  const junk = fc.string({ maxLength: 12 }).map((text) => text.replaceAll("\n", ""));
  const file = fc
    .tuple(fc.array(fc.tuple(fc.oneof(keyLine, junk), fc.constantFrom("\n", "\r\n"))), fc.oneof(keyLine, junk))
    .map(([lines, last]) => Buffer.from(lines.map((parts) => parts.join("")).join("") + last));
  const steps = fc.array(fc.record({ add: fc.boolean(), field: fc.constantFrom("1", "2", "3") }), { maxLength: 8 });

  it("P07 B1 B4 keeps every foreign line byte for byte and in order through any edits", () => {
    fc.assert(
      fc.property(file, steps, (start, edits) => {
        const keys = edits.map(({ field }) => ({
          type: "ssh-ed25519",
          blob: makeBlob("ssh-ed25519", field.repeat(32)),
          comment: field,
        }));
        let now = parseAuthorizedKeys(start);
        for (const [index, { add }] of edits.entries()) {
          const key = keys[index];
          if (key === undefined) continue;
          const plan = add ? planAdd(now, key) : planRemove(now, key);
          if (plan.kind === "write") {
            now = parseAuthorizedKeys(plan.bytes);
            expect(plan.bytes.at(-1) ?? 10).toBe(10);
          }
        }
        const foreign = (one: AuthorizedKeysFile) =>
          one.lines
            .filter((line) => line.kind !== "key" || !keys.some((key) => isSameKey(line, key)))
            .map((l) => l.raw);
        const before = Buffer.concat(foreign(parseAuthorizedKeys(start)));
        const after = Buffer.concat(foreign(now));
        const lf = after.length === before.length ? "" : "\n";
        expect(after).toEqual(Buffer.concat([before, Buffer.from(lf)]));
      }),
      { numRuns: 1000 },
    );
  });

  it("P07 P11 B22 gives back the file, up to a final LF, when a key is added and removed", () => {
    fc.assert(
      fc.property(file, (start) => {
        const plan = planAdd(parseAuthorizedKeys(start), KEY);
        fc.pre(plan.kind === "write");
        if (plan.kind !== "write") return;
        const back = planRemove(parseAuthorizedKeys(plan.bytes), KEY);
        const lf = start.length === 0 || start.at(-1) === 10 ? "" : "\n";
        expect(back.kind === "write" && back.bytes).toEqual(Buffer.concat([start, Buffer.from(lf)]));
      }),
      { numRuns: 1000 },
    );
  });
});

describe("values in a line", () => {
  it.each(["a\nb", "a\rb", 'a"b', "a'b", "a\\b", "a\0b", "a\u001bb", "a\u0085b", "a\u2028b", "a\u202eb", "\ud800"])(
    "P07 B21 refuses %j",
    (value) => {
      const format = () => formatKeyLine({ ...KEY, comment: value });
      expect(format).toThrow(expect.objectContaining({ code: "request/invalid-params" }));
    },
  );

  it.each(["", "anna@laptop", "Łucja", "张伟 key 1", "# not a comment here"])("P07 B21 takes %j", (value) => {
    expect(checkLineValue(value, "x")).toBe(value);
  });
});
