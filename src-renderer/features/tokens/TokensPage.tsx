import { PlusOutlined } from "@ant-design/icons";
import { Alert, Button, Tabs } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import { useErrorLine } from "../../components/error-words.ts";
import { Page } from "../../components/Page.tsx";
import { AddModuleDialog } from "./AddModuleDialog.tsx";
import { ModulesTable } from "./ModulesTable.tsx";
import { TokensTable } from "./TokensTable.tsx";
import { useTokens } from "./use-tokens.ts";

export function TokensPage({ tab }: { readonly tab: "tokens" | "modules" }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const inWords = useErrorLine();
  const { modules } = useTokens();
  const [adding, setAdding] = useState(false);
  const troubled = modules.filter((module) => module.problem !== undefined && module.state !== "running");
  const addButton = (primary: boolean) => (
    <Button type={primary ? "primary" : "default"} icon={<PlusOutlined />} onClick={() => setAdding(true)}>
      {t("tokens.modules.add")}
    </Button>
  );
  return (
    <Page
      fill
      title={t("tokens.title")}
      actions={
        tab === "modules" ? (
          addButton(true)
        ) : (
          <Button disabled={modules.length === 0} onClick={() => navigate("/tokens/series")}>
            {t("tokens.actions.series")}
          </Button>
        )
      }
    >
      <Tabs
        activeKey={tab}
        onChange={(key) => navigate(key === "modules" ? "/tokens/modules" : "/tokens")}
        tabBarStyle={{ marginBottom: 0 }}
        items={[
          { key: "tokens", label: t("tokens.tabs.tokens") },
          { key: "modules", label: `${t("tokens.tabs.modules")} (${modules.length})` },
        ]}
      />
      {tab === "tokens" &&
        troubled.map((module) => (
          <Alert
            key={module.id}
            type="warning"
            showIcon
            title={t("tokens.moduleTrouble", { name: module.name, problem: module.problem && inWords(module.problem) })}
            action={<Link to={`/tokens/modules/${module.id}`}>{t("tokens.showModules")}</Link>}
          />
        ))}
      {tab === "tokens" ? <TokensTable addModule={addButton(true)} /> : <ModulesTable addModule={addButton(false)} />}
      {adding && <AddModuleDialog onClose={() => setAdding(false)} />}
    </Page>
  );
}
