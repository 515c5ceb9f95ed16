import { describe, expect, it } from "vitest";
import { AwaitedLines } from "#main/adapters/ssh/awaited-lines.ts";

const ANSWERS = [
  { line: "ready\n", stdin: "go\n" },
  { line: "end\n", stdin: "" },
];

const pushAll = (awaited: AwaitedLines, ...pieces: string[]) => pieces.map((piece) => awaited.push(Buffer.from(piece)));

describe("AwaitedLines", () => {
  it("P07 B40 answers a line however it is cut, and only once", () => {
    const awaited = new AwaitedLines(ANSWERS);
    expect(pushAll(awaited, "noise re", "a", "dy", "\nmore", "ready\nend\n")).toEqual([
      undefined,
      undefined,
      undefined,
      "go\n",
      undefined,
    ]);
  });

  it("P07 B40 answers the line that came first when one piece holds both", () => {
    expect(pushAll(new AwaitedLines(ANSWERS), "end\nready\n")).toEqual([""]);
  });

  it("P07 B40 answers nothing when nothing is awaited", () => {
    expect(pushAll(new AwaitedLines([]), "ready\n")).toEqual([undefined]);
  });
});
