import { Alert } from "antd";
import { useTranslation } from "react-i18next";
import type { PinState } from "#shared/models/token.ts";

/** Said before a PIN is typed, where anything speaks for care. The last try has a box of its own to tick. */
export function PinStateNote({ who, state }: { readonly who: "user" | "so"; readonly state: PinState }) {
  const { t } = useTranslation();
  if (state === "ok" || state === "final-try") return null;
  return (
    <Alert
      type={state === "locked" ? "error" : "warning"}
      showIcon
      title={t(`tokens.pinMeaning.${who}.${state}`)}
      style={{ marginBottom: 12 }}
    />
  );
}
