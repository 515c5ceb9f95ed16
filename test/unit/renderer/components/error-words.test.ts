import { describe, expect, it } from "vitest";
import { errorLine, errorWords, proofWords } from "#renderer/components/error-words.ts";
import { batchFailure } from "#renderer/components/run-batch.ts";
import { ERROR_CODES } from "#shared/errors/codes.ts";
import { KeysteadError } from "#shared/errors/keystead-error.ts";
import { errorsZh, warningsZh } from "#shared/lang/errors-zh.ts";
import { proofsZh } from "#shared/lang/proofs-zh.ts";

const refused = { code: "servers/login-refused", message: "root at 192.0.2.1 refused the password." };

describe("the words of an error", () => {
  it("G01 are main's own when the console is English", () => {
    expect(errorWords(refused, "en")).toEqual({ sentence: refused.message });
    expect(errorLine(refused, "en")).toBe(refused.message);
  });

  it("G01 are Chinese, with main's names and numbers kept beside them, when the console is Chinese", () => {
    expect(errorWords(refused, "zh")).toEqual({
      sentence: errorsZh["servers/login-refused"],
      original: refused.message,
    });
    expect(errorLine(refused, "zh")).toBe(`${errorsZh["servers/login-refused"]}（${refused.message}）`);
  });

  it("G01 are main's own when a newer main says a code that is not known here", () => {
    expect(errorWords({ code: "servers/tomorrow", message: "Tomorrow." }, "zh")).toEqual({ sentence: "Tomorrow." });
    expect(errorWords({ code: "toString", message: "Odd." }, "zh")).toEqual({ sentence: "Odd." });
  });

  it("G01 are a Chinese sentence for every code there is", () => {
    expect(Object.keys(errorsZh).sort()).toEqual(Object.keys(ERROR_CODES).sort());
    const sentences = [errorsZh, warningsZh, proofsZh].flatMap((texts) => Object.values(texts));
    expect(sentences.filter((text) => !/^\P{L}*.*\p{Script=Han}.*。$/u.test(text))).toEqual([]);
  });

  it("G01 are a Chinese sentence for a step that is done, and main's own for any other", () => {
    const step = { name: "log-in", state: "done", proof: "root logged in by password." } as const;
    expect(proofWords(step, "zh")).toEqual({ sentence: proofsZh["log-in"], original: step.proof });
    expect(proofWords(step, "en")).toEqual({ sentence: step.proof });
    expect(proofWords({ ...step, state: "failed" }, "zh")).toEqual({ sentence: step.proof });
    expect(proofWords({ ...step, name: "tomorrow" }, "zh")).toEqual({ sentence: step.proof });
    expect(proofWords({ name: "log-in", state: "waiting" }, "zh")).toBeUndefined();
  });

  it("G01 stand in a batch's rows with the code", () => {
    const row = batchFailure("1", "web-1", new KeysteadError("keypairs/in-use", "It is in use."));
    expect(row.message).toBe("It is in use. (keypairs/in-use)");
  });
});
