import type { FormRule } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { isHostAddress, isLoginName, isName, isPort } from "#shared/text-rules.ts";

function rule(accepts: (value: never) => boolean, sentence: string): FormRule {
  return {
    validator: (_, value: unknown) =>
      value === undefined || value === "" || value === null || accepts(value as never)
        ? Promise.resolve()
        : Promise.reject(new Error(sentence)),
  };
}

export function useNameRules(): FormRule[] {
  const { t } = useTranslation();
  return useMemo(() => [{ required: true, message: t("fields.required") }, rule(isName, t("fields.nameRule"))], [t]);
}

/** For a number field without bounds of its own: antd would put another number in place of a wrong one, and say nothing. */
export function wholeNumber(min: number, max: number, sentence: string): FormRule {
  return rule((value: number) => Number.isSafeInteger(value) && value >= min && value <= max, sentence);
}

export function useAddressRules(): { readonly host: FormRule[]; readonly port: FormRule[]; readonly user: FormRule[] } {
  const { t } = useTranslation();
  return useMemo(() => {
    const required = { required: true, message: t("fields.required") };
    return {
      host: [required, rule(isHostAddress, t("fields.hostRule"))],
      port: [required, rule(isPort, t("fields.portRule"))],
      user: [required, rule(isLoginName, t("fields.userRule"))],
    };
  }, [t]);
}
