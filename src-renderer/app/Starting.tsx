import { Flex, Result, Spin, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { ErrorPanel } from "../components/ErrorPanel.tsx";
import type { Connection } from "./use-connection.ts";

/** Before the bridge is there, when it refused, and after it is gone. */
export function Starting({ connection }: { readonly connection: Exclude<Connection, { state: "open" }> }) {
  const { t } = useTranslation();
  return (
    <Flex component="main" vertical align="center" justify="center" gap={16} style={{ minHeight: "100%", padding: 24 }}>
      {connection.state === "opening" && (
        <Flex vertical align="center" gap={12} role="status">
          <Spin />
          <Typography.Text type="secondary">{t("app.starting")}</Typography.Text>
        </Flex>
      )}
      {connection.state === "refused" && (
        <div style={{ maxWidth: 640 }}>
          <h1 className="visually-hidden">{t("app.name")}</h1>
          <ErrorPanel error={connection.error} />
        </div>
      )}
      {connection.state === "lost" && (
        <Result
          status="warning"
          title={<h1 style={{ font: "inherit", margin: 0 }}>{t("app.lost.title")}</h1>}
          subTitle={
            <>
              {connection.sentence}
              <br />
              {t("app.lost.text")}
            </>
          }
        />
      )}
    </Flex>
  );
}
