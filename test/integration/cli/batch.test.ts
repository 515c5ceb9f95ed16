import { afterAll, beforeAll, expect, it } from "vitest";
import { CliBench, type CliRun, finished } from "#test/support/cli.ts";

let bench: CliBench;
beforeAll(async () => {
  bench = new CliBench();
  const created = await bench.create();
  expect(created.status, created.stderr).toBe(0);
});
afterAll(() => bench[Symbol.dispose]());

const line = (id: unknown, operation: string, params: unknown = {}) => `${JSON.stringify({ id, operation, params })}\n`;
const answersOf = (run: CliRun) =>
  run.stdout
    .trim()
    .split("\n")
    .map((text) => JSON.parse(text));

it("G03 answers every line of a batch with its id, and all are durable", async () => {
  const many = Array.from({ length: 200 }, (_, index) =>
    line(index, "keypairs.create", { name: `batch ${index}`, spec: "ed25519", scope: "account" }),
  );
  const run = await bench.unlocked(["batch"], { input: many.join("") });
  expect(run.status, run.stderr).toBe(0);
  const answers = answersOf(run);
  expect(answers.every((answer) => answer.ok)).toBe(true);
  expect(answers.map((answer) => answer.id).sort((a, b) => a - b)).toEqual(many.map((_, index) => index));
  const { keypairs } = await bench.must("keypairs", "list");
  expect(keypairs).toHaveLength(200);
  expect(await bench.must("audit", "verify")).toMatchObject({ intact: true });
});

it("G03 names what is wrong with a line and goes on with the next; status 1 says that one failed", async () => {
  const input = [
    "{bad json\n",
    "[1,2]\n",
    `{"id":"big","operation":"keypairs.list","params":{"x":"${"y".repeat(1_000_001)}"}}\n`,
    line("unknown", "keypairs.fly"),
    line("wrong", "keypairs.create", { name: 5 }),
    line("typo", "keypairs.list", { nam: 1 }),
    line("extra", "keypairs.list").replace('"params"', '"parms"'),
    "\n  \r\n",
    line("good", "vault.settings"),
  ];
  const run = await bench.unlocked(["batch", "--sequential"], { input: input.join("") });
  expect(run.status).toBe(1);
  expect(answersOf(run).map(({ id, ok, error }) => [id, ok, error?.code, error?.details.line])).toEqual([
    [null, false, "request/malformed", 1],
    [null, false, "request/malformed", 2],
    [null, false, "request/too-large", 3],
    ["unknown", false, "request/unknown-operation", undefined],
    ["wrong", false, "request/invalid-params", undefined],
    ["typo", false, "request/invalid-params", undefined],
    ["extra", false, "request/malformed", 7],
    ["good", true, undefined, undefined],
  ]);
});

it("G03 V01 unlocks by a request, and what stands after it waits for it", async () => {
  const input = [
    line(1, "keypairs.list"),
    line(2, "vault.unlock", { password: bench.password }),
    line(3, "keypairs.list"),
    line(4, "vault.lock"),
    line(5, "keypairs.list"),
  ];
  const answers = answersOf(await bench.run(["batch"], { input: input.join("") }));
  expect(answers.map(({ id, ok, error }) => [id, ok, error?.code])).toEqual([
    [1, false, "vault/locked"],
    [2, true, undefined],
    [3, true, undefined],
    [4, true, undefined],
    [5, false, "vault/locked"],
  ]);
});

it("G03 answers in the order of arrival when asked to, slow or not", async () => {
  const input = [
    line("slow", "keypairs.create", { name: "slow", spec: "rsa-4096" }),
    line("quick", "vault.settings"),
    line("last", "audit.list", { limit: 1 }),
  ];
  const run = await bench.unlocked(["batch", "--sequential"], { input: input.join("") });
  expect(answersOf(run).map((answer) => answer.id)).toEqual(["slow", "quick", "last"]);
});

it("G03 answers what is done first first, so that a slow request holds nobody up", async () => {
  const input = line("slow", "keypairs.create", { name: "slower", spec: "rsa-4096" }) + line("quick", "vault.settings");
  const run = await bench.unlocked(["batch"], { input });
  expect(answersOf(run).map((answer) => answer.id)).toEqual(["quick", "slow"]);
});

it("G03 takes no more requests while nobody reads the answers, and loses none", async () => {
  const child = bench.start(["batch", "--vault-password-file", bench.passwordFile]);
  child.stdout?.pause();
  const asked = 3000;
  let taken = 0;
  for (let index = 0; index < asked; index++) {
    child.stdin?.write(line(index, "audit.list", { limit: 100 }), () => {
      taken += 1;
    });
  }
  await new Promise((resolve) => setTimeout(resolve, 3_000));
  expect(taken).toBeLessThan(asked);
  const done = finished(child);
  child.stdout?.resume();
  child.stdin?.end();
  const run = await done;
  expect(run.status, run.stderr).toBe(0);
  expect(answersOf(run)).toHaveLength(asked);
});

it("G03 ends and locks when nobody will ever read the answers", async () => {
  const child = bench.start(["batch", "--vault-password-file", bench.passwordFile]);
  const status = new Promise((resolve) => child.once("exit", resolve));
  child.stdout?.destroy();
  for (let index = 0; index < 50; index++) child.stdin?.write(line(index, "vault.settings"));
  expect(await status).not.toBe(0);
  expect(await bench.must("audit", "verify")).toMatchObject({ intact: true });
});

it.each([
  ["a flag that is none", ["--paralel", "3"]],
  ["no number", ["--parallel", "many"]],
  ["too many at once", ["--parallel", "100000"]],
  ["both orders", ["--sequential", "--parallel", "2"]],
  ["the password on the requests' descriptor", ["--vault-password-fd", "0"]],
  ["a user without a password", ["--vault-user", "officer"]],
  ["a file in its arguments, which it would not read", ["requests.jsonl"]],
])("G03 refuses a batch with %s before it reads a line", async (_title, args) => {
  expect(await bench.run(["batch", ...args], { input: line(1, "vault.status") })).toMatchObject({
    status: 2,
    stdout: "",
    error: { code: "request/invalid-params" },
  });
});

it("G03 says how a file of requests is given, and takes a lone dash for standard input", async () => {
  const refused = await bench.run(["batch", "requests.jsonl"]);
  expect(refused.error.message).toContain("keystead batch <FILE");
  const read = await bench.run(["batch", "-"], { input: line(1, "vault.status") });
  expect(answersOf(read)).toMatchObject([{ id: 1, ok: true }]);
});

it("G03 ends a batch with the error's own status when the vault does not open", async () => {
  const wrong = bench.secretFile("wrong", "not the password at all");
  const run = await bench.run(["batch", "--vault-password-file", wrong], { input: line(1, "vault.status") });
  expect(run).toMatchObject({ status: 3, stdout: "", error: { code: "vault/wrong-password" } });
});
