import { Tooltip } from "antd";
import { useTranslation } from "react-i18next";
import type { PinState } from "#shared/models/token.ts";
import { StateTag } from "../../components/StateTag.tsx";
import { PIN_TONE } from "./token-state.ts";

/** The state of a PIN in words, with what it means on hover. */
export function PinTag({ who, state }: { readonly who: "user" | "so"; readonly state: PinState }) {
  const { t } = useTranslation();
  return (
    <Tooltip title={t(`tokens.pinMeaning.${who}.${state}`)}>
      <span>
        <StateTag tone={PIN_TONE[state]}>{t(`tokens.pinState.${state}`)}</StateTag>
      </span>
    </Tooltip>
  );
}
