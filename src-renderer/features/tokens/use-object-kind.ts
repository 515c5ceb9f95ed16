import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import type { TokenObject } from "#shared/models/token.ts";

/** `RSA 2048`, `EC P-256`, `AES 256`, or nothing where the token does not tell. */
export function useKeyName(): (object: TokenObject) => string {
  const { t } = useTranslation();
  return useCallback(
    (object) => {
      if (object.curve) return object.curve;
      const type = object.keyType ?? "";
      return object.bits === undefined ? type : `${type} ${object.bits}`.trim() || t("common.unknown");
    },
    [t],
  );
}
