import { Descriptions, Flex, Typography } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { PinState, TokenView } from "#shared/models/token.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { PinTag } from "./PinTag.tsx";
import { pinLimits } from "./pin-hints.ts";
import { LOGIN_TONE } from "./token-state.ts";

/** What the token says of itself, and what its PINs' states mean. */
export function TokenBasics({ token }: { readonly token: TokenView }) {
  const { t } = useTranslation();
  const { min, max } = pinLimits(token.userPin);
  const fact = (key: string, label: string, children: ReactNode, shown = true) =>
    shown ? [{ key, label, children }] : [];
  const whenIn = token.present;
  return (
    <Descriptions
      size="small"
      bordered
      column={1}
      styles={{ label: { width: 200 } }}
      items={[
        ...fact("label", t("tokens.facts.label"), token.label || "–"),
        ...fact("maker", t("tokens.facts.manufacturer"), token.manufacturer || "–"),
        ...fact("model", t("tokens.facts.model"), token.model || "–"),
        ...fact(
          "serial",
          t("tokens.facts.serial"),
          token.serial ? <Identifier value={token.serial} label={t("tokens.facts.serial")} /> : "–",
        ),
        ...fact(
          "versions",
          t("tokens.facts.versions"),
          `${token.hardwareVersion ?? "–"}, ${token.firmwareVersion ?? "–"}`,
          whenIn,
        ),
        ...fact(
          "module",
          t("tokens.facts.module"),
          <Link to={`/tokens/modules/${token.moduleId}`}>{token.moduleName || token.moduleId}</Link>,
        ),
        ...fact(
          "slot",
          t("tokens.facts.slot"),
          t("tokens.facts.slotHint", { id: token.slot, description: token.slotDescription }),
          whenIn,
        ),
        ...fact("memory", t("tokens.facts.memory"), <Memory token={token} />, whenIn),
        ...fact(
          "login",
          t("tokens.facts.login"),
          token.loginRequired ? (
            <StateTag tone={LOGIN_TONE[token.loggedIn]}>{t(`tokens.login.${token.loggedIn}`)}</StateTag>
          ) : (
            t("tokens.facts.loginNotNeeded")
          ),
          whenIn,
        ),
        ...fact(
          "userPin",
          t("tokens.facts.userPin"),
          <PinFact who="user" state={token.userPin.state} failures={token.userPin.ownFailures} />,
          whenIn,
        ),
        ...fact(
          "soPin",
          t("tokens.facts.soPin"),
          // A fresh token may say that its SO PIN is locked; there is none before it is initialised.
          <PinFact
            who="so"
            state={token.initialized ? token.soPin.state : "not-set"}
            failures={token.soPin.ownFailures}
          />,
          whenIn,
        ),
        ...fact("limits", t("tokens.facts.pinLimits"), t("tokens.facts.pinLimitsText", { min, max }), whenIn),
        ...fact("seen", t("tokens.facts.lastSeen"), <RelativeTime time={token.lastSeenAt} />, !whenIn),
        ...fact("id", t("common.id"), <Identifier value={token.id} label={t("common.id")} />),
      ]}
    />
  );
}

function PinFact(props: { readonly who: "user" | "so"; readonly state: PinState; readonly failures: number }) {
  const { t } = useTranslation();
  return (
    <Flex vertical gap={4} align="start">
      <Flex gap={8} wrap align="center">
        <PinTag who={props.who} state={props.state} />
        {props.failures > 0 && (
          <Typography.Text type="secondary">{t("tokens.ownFailures", { count: props.failures })}</Typography.Text>
        )}
      </Flex>
      <Typography.Text type="secondary">{t(`tokens.pinMeaning.${props.who}.${props.state}`)}</Typography.Text>
    </Flex>
  );
}

function Memory({ token }: { readonly token: TokenView }) {
  const { t } = useTranslation();
  const said = (bytes: number | undefined) =>
    bytes === undefined ? t("tokens.facts.notTold") : t("tokens.facts.bytes", { count: bytes });
  if (token.freePrivateMemory === undefined && token.freePublicMemory === undefined) return t("tokens.facts.notTold");
  return t("tokens.facts.memoryText", { private: said(token.freePrivateMemory), public: said(token.freePublicMemory) });
}
