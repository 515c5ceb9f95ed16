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
