import { Flex, Tag } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { TokenView } from "#shared/models/token.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { fileTime, type ListColumn } from "../../components/list-columns.ts";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { PinTag } from "./PinTag.tsx";
import { tagText } from "./tag-search.ts";
import { INSTANCE_TONE, LOGIN_TONE, tokenName } from "./token-state.ts";

const presence = (token: TokenView) => (token.present ? "in" : "out");
const initialised = (token: TokenView) => (token.initialized ? "yes" : "no");

export function useTokenColumns(): readonly ListColumn<TokenView>[] {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        key: "label",
        label: t("tokens.columns.label"),
        width: 150,
        ellipsis: true,
        sorter: (a, b) => a.label.localeCompare(b.label),
        render: (_, token) => <Link to={`/tokens/${token.id}`}>{tokenName(token, t("tokens.fresh"))}</Link>,
        text: (token) => tokenName(token, t("tokens.fresh")),
      },
      {
        key: "present",
        label: t("tokens.columns.present"),
        width: 85,
        render: (_, token) => (
          <StateTag tone={token.present ? "good" : "quiet"}>{t(`tokens.present.${presence(token)}`)}</StateTag>
        ),
        text: (token) => t(`tokens.present.${presence(token)}`),
      },
      {
        key: "initialised",
        label: t("tokens.columns.initialised"),
        width: 95,
        render: (_, token) => (
          <StateTag tone={token.initialized ? "good" : "care"}>
            {t(`tokens.initialised.${initialised(token)}`)}
          </StateTag>
        ),
        text: (token) => t(`tokens.initialised.${initialised(token)}`),
      },
      {
        key: "pin",
        label: t("tokens.columns.pin"),
        width: 135,
        render: (_, token) => (token.present ? <PinTag who="user" state={token.userPin.state} /> : "–"),
        text: (token) => (token.present ? t(`tokens.pinState.${token.userPin.state}`) : ""),
      },
      {
        key: "login",
        label: t("tokens.columns.login"),
        width: 130,
        render: (_, token) =>
          token.present && token.initialized ? (
            <StateTag tone={LOGIN_TONE[token.loggedIn]}>{t(`tokens.login.${token.loggedIn}`)}</StateTag>
          ) : (
            "–"
          ),
        text: (token) => (token.present && token.initialized ? t(`tokens.login.${token.loggedIn}`) : ""),
      },
      {
        key: "instance",
        label: t("tokens.columns.instance"),
        width: 145,
        ellipsis: true,
        render: (_, { instance }) =>
          instance ? (
            <>
              <Tag
                color={INSTANCE_TONE[instance.status] === "bad" ? "error" : "default"}
                style={{ marginInlineEnd: 6 }}
              >
                {t(`tokens.instance.uses.${instance.use}`)}
              </Tag>
              {instance.name}
            </>
          ) : (
            "–"
          ),
        text: ({ instance }) => (instance ? `${instance.name} (${t(`tokens.instance.uses.${instance.use}`)})` : ""),
      },
      {
        key: "tags",
        extra: true,
        label: t("tokens.columns.tags"),
        width: 220,
        render: (_, { instance }) => (
          <Flex gap={4} wrap>
            {(instance?.tags ?? []).map((tag) => (
              <Tag key={tag.key}>{tagText(tag)}</Tag>
            ))}
          </Flex>
        ),
        text: ({ instance }) => (instance?.tags ?? []).map(tagText).join(", "),
      },
      {
        key: "serial",
        label: t("tokens.columns.serial"),
        width: 165,
        render: (_, token) =>
          token.serial ? <Identifier oneLine value={token.serial} label={t("tokens.columns.serial")} /> : "–",
        text: (token) => token.serial,
      },
      {
        key: "model",
        label: t("tokens.columns.model"),
        width: 110,
        ellipsis: true,
        render: (_, token) => token.model || "–",
        text: (token) => token.model,
      },
      {
        key: "manufacturer",
        extra: true,
        label: t("tokens.columns.manufacturer"),
        width: 150,
        ellipsis: true,
        render: (_, token) => token.manufacturer || "–",
        text: (token) => token.manufacturer,
      },
      {
        key: "module",
        extra: true,
        label: t("tokens.columns.module"),
        width: 100,
        ellipsis: true,
        render: (_, token) => token.moduleName,
        text: (token) => token.moduleName,
      },
      {
        key: "seen",
        extra: true,
        label: t("tokens.columns.seen"),
        width: 155,
        render: (_, token) => <RelativeTime time={token.lastSeenAt} short />,
        text: (token) => fileTime(token.lastSeenAt),
      },
    ],
    [t],
  );
}
