import { Readable } from "node:stream";
import fc from "fast-check";
import { expect, it } from "vitest";
import { type RequestLine, requestLines } from "#main/doors/cli/request-lines.ts";

async function linesOf(chunks: readonly (string | Buffer)[], limit?: number): Promise<(string | number)[]> {
  const seen: (string | number)[] = [];
  const input = Readable.from(chunks.map((chunk) => Buffer.from(chunk)));
  for await (const line of requestLines(input, limit)) seen.push(shown(line));
  return seen;
}

/** The text, or the number of a line that was too long. */
function shown(line: RequestLine): string | number {
  return "tooLarge" in line ? line.number : line.bytes.toString();
}

it("G03 splits lines wherever the chunks are cut, with LF or CRLF, and passes over blank ones", async () => {
  expect(await linesOf(["a\nb", "c\r\n\n  \nd"])).toEqual(["a", "bc", "d"]);
});

it("G03 throws an oversized line away and goes on with the next", async () => {
  expect(await linesOf(["12345\n123456\n", "1234567", "89\nab\n", "1234567"], 5)).toEqual(["12345", 2, 3, "ab", 5]);
});

it("G03 keeps no more than a request of a line without end", async () => {
  async function* endless() {
    for (let index = 0; index < 2000; index++) yield Buffer.alloc(64 * 1024, 120);
  }
  const before = process.memoryUsage().arrayBuffers;
  let most = 0;
  for await (const line of requestLines(Readable.from(endless()), 1_000_000)) {
    expect("tooLarge" in line).toBe(true);
    most = Math.max(most, process.memoryUsage().arrayBuffers - before);
  }
  expect(most).toBeLessThan(64_000_000);
});

it("G03 gives the same lines however the bytes arrive", async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(fc.string({ maxLength: 12, unit: "grapheme" })),
      fc.array(fc.nat(40)),
      async (lines, cuts) => {
        const whole = Buffer.from(lines.map((line) => line.replace(/[\r\n]/g, "")).join("\n"));
        const at = [0, ...cuts.map((cut) => Math.min(cut, whole.length)).sort((a, b) => a - b), whole.length];
        const chunks = at.slice(1).map((end, index) => whole.subarray(at[index], end));
        expect(await linesOf(chunks)).toEqual(await linesOf([whole]));
      },
    ),
    { numRuns: 200 },
  );
});
