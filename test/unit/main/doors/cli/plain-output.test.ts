import { Writable } from "node:stream";
import { expect, it } from "vitest";
import { jsonText, plainLine } from "#main/doors/cli/plain-output.ts";
import { type CliPort, printResult } from "#main/doors/cli/terminal-port.ts";
import { hasControlCharacters } from "#shared/text-rules.ts";

/** What a hostile server may answer: sets the window's title, erases a line, turns the reading order round, each in 8-bit form too. */
const HOSTILE = "ok\u001b]0;owned\u0007 \u009b2K \u202egnp.exe \u2066x\u2069 \u007f";

it("G03 writes nothing to a terminal that it would obey", async () => {
  let written = "";
  const stdout = new Writable({
    write(chunk, _encoding, done) {
      written += String(chunk);
      done();
    },
  });
  await printResult({ stdout } as unknown as CliPort, { serverText: HOSTILE, name: "Zoë 东京" });
  expect(hasControlCharacters(written.trimEnd())).toBe(false);
  expect(written).toContain("Zoë 东京");
  // The same text for a program.
  expect(JSON.parse(written).serverText).toBe(HOSTILE);
});

it("G03 keeps a step's line on its line", () => {
  expect(hasControlCharacters(plainLine(`proved: ${HOSTILE}\nforged line`))).toBe(false);
  expect(jsonText({ a: "\u0085" })).toBe('{"a":"\\u0085"}');
});
