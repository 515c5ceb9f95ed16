import fc from "fast-check";
import { expect, it } from "vitest";
import { readRequest } from "#main/doors/cli/batch-request.ts";

const read = (text: string) => readRequest({ number: 7, bytes: Buffer.from(text) });

it("G03 reads a request and fills in what may be left out", () => {
  expect(read('{"operation":"keypairs.list"}')).toEqual({
    ok: true,
    request: { id: null, operation: "keypairs.list", params: {}, wait: true },
  });
});

it.each([
  ["{", "request/malformed", null],
  ["[]", "request/malformed", null],
  ["null", "request/malformed", null],
  ['"text"', "request/malformed", null],
  ['{"id":5}', "request/malformed", 5],
  ['{"id":"a","operation":3}', "request/malformed", "a"],
  ['{"id":{},"operation":"keypairs.list"}', "request/malformed", null],
  ['{"id":1,"operation":"keypairs.list","params":[]}', "request/malformed", 1],
  ['{"id":1,"operation":"keypairs.list","name":"x"}', "request/malformed", 1],
])("G03 names what is wrong with %s", (text, code, id) => {
  const result = read(text);
  expect(result).toMatchObject({ ok: false, id, error: { code, details: { line: 7 } } });
});

it("G03 refuses bytes that are no UTF-8, and what is too long", () => {
  expect(readRequest({ number: 1, bytes: Buffer.from([0x7b, 0xff, 0x7d]) })).toMatchObject({
    ok: false,
    error: { code: "request/malformed" },
  });
  expect(readRequest({ number: 2, tooLarge: true })).toMatchObject({
    ok: false,
    error: { code: "request/too-large", details: { line: 2 } },
  });
});

it("G03 never repeats a malformed line, which may hold a password, and wipes what it has read", () => {
  const bytes = Buffer.from('{"params":{"password":"hunter2"');
  expect(JSON.stringify(readRequest({ number: 1, bytes }))).not.toContain("hunter2");
  expect(bytes.every((byte) => byte === 0)).toBe(true);
});

it("G03 answers any JSON at all with a request or a named error", () => {
  fc.assert(
    fc.property(fc.json(), (text) => {
      const result = read(text);
      if (!result.ok) expect(result.error.code).toBe("request/malformed");
    }),
  );
});
