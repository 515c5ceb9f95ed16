import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { en } from "#shared/lang/en.ts";
import { sentenceOf } from "./format.ts";

type KnownStep = keyof typeof en.steps;

/** A step's name in words; a step the catalogue does not know reads as its own name. */
export function useStepTitle(): (name: string) => string {
  const { t } = useTranslation();
  return useCallback(
    (name) => (Object.hasOwn(en.steps, name) ? t(`steps.${name as KnownStep}`) : sentenceOf(name)),
    [t],
  );
}
