import { Alert, Descriptions, Flex, Typography } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { TokenView } from "#shared/models/token.ts";
import { useOperation } from "../../app/use-operation.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { tokenName } from "./token-state.ts";

const NOTHING = {};

/** What is on a token before it is erased, and what depends on it (C17). */
export function OnTokenNow({ token }: { readonly token: TokenView }) {
  const { t } = useTranslation();
  return (
    <Flex vertical gap={12}>
      <Descriptions
        size="small"
        bordered
        column={1}
        styles={{ label: { width: 160 } }}
        items={[
          { key: "label", label: t("tokens.facts.label"), children: tokenName(token, t("tokens.fresh")) },
          {
            key: "model",
            label: t("tokens.facts.model"),
            children: [token.manufacturer, token.model].filter(Boolean).join(" · ") || "–",
          },
          {
            key: "serial",
            label: t("tokens.facts.serial"),
            children: token.serial ? <Identifier value={token.serial} label={t("tokens.facts.serial")} /> : "–",
          },
          { key: "slot", label: t("tokens.facts.slot"), children: token.slotDescription ?? "–" },
        ]}
      />
      {token.initialized && <Contents token={token} />}
    </Flex>
  );
}

function Contents({ token }: { readonly token: TokenView }) {
  const { t } = useTranslation();
  const input = useMemo(() => ({ id: token.id }), [token.id]);
  const list = useOperation("tokens", "listObjects", input, { enabled: token.present, staleTime: 0 });
  const keypairs = useOperation("keypairs", "list", NOTHING);
  const objects = list.data?.objects ?? [];
  const depends = [
    ...(keypairs.data?.keypairs ?? [])
      .filter((pair) => pair.token?.id === token.id)
      .map((pair) => t("tokens.initialise.dependsKeypair", { name: pair.name })),
    ...(token.administrator ? [t("tokens.initialise.dependsAdministrator")] : []),
    ...(token.instance ? [t("tokens.initialise.dependsInstance", { name: token.instance.name })] : []),
  ];
  return (
    <>
      <section aria-label={t("tokens.initialise.onIt")}>
        <Typography.Text strong>
          {t("tokens.initialise.onIt")}: {t("tokens.objects.count", { count: objects.length })}
        </Typography.Text>
        <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />
        {objects.length === 0 && list.isSuccess && <div>{t("tokens.initialise.nothingSeen")}</div>}
        <Sentences
          texts={objects.map((object) =>
            t("tokens.objects.part", {
              kind: t(`tokens.objects.class.${object.class}`),
              label: object.label || t("tokens.objects.noLabel"),
            }),
          )}
        />
        {list.data?.loggedIn === false && (
          <Typography.Text type="warning">{t("tokens.initialise.hidden")}</Typography.Text>
        )}
      </section>
      {depends.length > 0 && (
        <Alert
          type="error"
          showIcon
          title={t("tokens.initialise.depends")}
          description={<Sentences texts={depends} />}
        />
      )}
    </>
  );
}

export function Sentences({ texts }: { readonly texts: readonly string[] }) {
  if (texts.length === 0) return null;
  return (
    <ul style={{ margin: "4px 0 0", paddingInlineStart: 20, maxHeight: 180, overflow: "auto" }}>
      {texts.map((text, index) => (
        // biome-ignore lint/suspicious/noArrayIndexKey: two objects may have the same name
        <li key={`${text}-${index}`} style={{ overflowWrap: "anywhere" }}>
          {text}
        </li>
      ))}
    </ul>
  );
}
