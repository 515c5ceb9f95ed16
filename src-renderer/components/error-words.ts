import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { errorsZh, warningsZh } from "#shared/lang/errors-zh.ts";

const CHINESE: Readonly<Record<string, string>> = { ...errorsZh, ...warningsZh };

/** An error, problem, cause or warning as main says it. */
export interface Said {
  readonly code: string;
  readonly message: string;
}

export interface ErrorWords {
  readonly sentence: string;
  /** Main's own English, with the names and numbers of the case; absent where it is the sentence itself. */
  readonly original?: string;
}

/** Main speaks English. In Chinese the code says what it means and what to do; the original stays beside it. */
export function errorWords({ code, message }: Said, language: string): ErrorWords {
  const chinese = language === "zh" && Object.hasOwn(CHINESE, code) ? CHINESE[code] : undefined;
  return chinese === undefined ? { sentence: message } : { sentence: chinese, original: message };
}

/** The same on one line, for cells, tooltips and files. */
export function errorLine(said: Said, language: string): string {
  const { sentence, original } = errorWords(said, language);
  return original === undefined ? sentence : `${sentence}（${original}）`;
}

export function useErrorLine(): (said: Said) => string {
  const { i18n } = useTranslation();
  return useCallback((said) => errorLine(said, i18n.language), [i18n.language]);
}
