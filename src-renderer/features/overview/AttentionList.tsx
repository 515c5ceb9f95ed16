import { CheckCircleOutlined, CloseCircleOutlined, ExclamationCircleOutlined } from "@ant-design/icons";
import { Flex, Typography, theme } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import type { AttentionGroup } from "./attention.ts";

export function AttentionList({
  groups,
  quiet,
}: {
  readonly groups: readonly AttentionGroup[];
  readonly quiet: boolean;
}) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  if (groups.length === 0) {
    // A warning of the whole vault stands above the card: the card says that this is all.
    return (
      <Flex gap={8} align="center">
        <CheckCircleOutlined style={{ color: token.colorSuccess }} aria-hidden />
        <span>
          {t(quiet ? "overview.calm" : "overview.calmElse")}{" "}
          <Typography.Text type="secondary">{t("overview.calmHint")}</Typography.Text>
        </span>
      </Flex>
    );
  }
  return (
    <ul style={{ listStyle: "none", margin: 0, padding: 0, display: "flex", flexDirection: "column", gap: 8 }}>
      {groups.flatMap((group) => [
        ...group.items.map((item) => (
          <li key={`${item.kind} ${item.to}`} style={{ display: "flex", gap: 8, alignItems: "flex-start" }}>
            {group.severity === "bad" ? (
              <CloseCircleOutlined style={{ color: token.colorError, marginTop: 3 }} aria-hidden />
            ) : (
              <ExclamationCircleOutlined style={{ color: token.colorWarning, marginTop: 3 }} aria-hidden />
            )}
            <span>
              <Link to={item.to} style={{ textDecoration: "underline" }}>
                {t(`overview.item.${item.kind}`, { name: item.name })}
              </Link>
              {item.count > 1 && ` ${t("overview.item.again", { count: item.count - 1 })}`}
              {item.message && <Typography.Text type="secondary"> {item.message}</Typography.Text>}
            </span>
          </li>
        )),
        ...(group.more > 0
          ? [
              <li key={`${group.kind} more`} style={{ paddingInlineStart: 22 }}>
                <Link to={group.to} style={{ textDecoration: "underline" }}>
                  {t("overview.item.many", { count: group.more })}
                </Link>
              </li>,
            ]
          : []),
      ])}
    </ul>
  );
}
