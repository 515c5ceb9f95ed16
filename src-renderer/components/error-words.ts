import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { errorsZh, warningsZh } from "#shared/lang/errors-zh.ts";
import { proofsZh } from "#shared/lang/proofs-zh.ts";
import type { TaskStep } from "#shared/models/task.ts";

const CHINESE: Readonly<Record<string, string>> = { ...errorsZh, ...warningsZh };

/** An error, problem, cause or warning as main says it. */
export interface Said {
  readonly code: string;
  readonly message: string;
}

export interface MainWords {
  readonly sentence: string;
  /** Main's own English, with the names and numbers of the case; absent where it is the sentence itself. */
  readonly original?: string;
}

/** Main speaks English. In Chinese the code says what it means and what to do; the original stays beside it. */
export function errorWords({ code, message }: Said, language: string): MainWords {
  const chinese = language === "zh" && Object.hasOwn(CHINESE, code) ? CHINESE[code] : undefined;
  return chinese === undefined ? { sentence: message } : { sentence: chinese, original: message };
}

const PROOFS: Readonly<Record<string, string>> = proofsZh;

/** What a step of a task has shown. Why one failed is said by the task's cause. */
export function proofWords({ name, state, proof }: TaskStep, language: string): MainWords | undefined {
  if (proof === undefined) return undefined;
  const chinese = language === "zh" && state === "done" && Object.hasOwn(PROOFS, name) ? PROOFS[name] : undefined;
  return chinese === undefined ? { sentence: proof } : { sentence: chinese, original: proof };
}

/** An error on one line, for cells, tooltips and files. */
export function errorLine(said: Said, language: string): string {
  const { sentence, original } = errorWords(said, language);
  return original === undefined ? sentence : `${sentence}（${original}）`;
}

export function useErrorLine(): (said: Said) => string {
  const { i18n } = useTranslation();
  return useCallback((said) => errorLine(said, i18n.language), [i18n.language]);
}
