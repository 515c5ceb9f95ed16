import { Flex, type TableColumnsType, Typography } from "antd";
import { type ReactNode, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, useNavigate } from "react-router";
import type { TokenModuleView } from "#shared/models/token.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ErrorText } from "../../components/ErrorText.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { RowMenu } from "../../components/RowMenu.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { RemoveModuleDialog } from "./RemoveModuleDialog.tsx";
import { MODULE_TONE } from "./token-state.ts";
import { useRestartModule } from "./use-restart-module.ts";
import { useTokens } from "./use-tokens.ts";

/** H01: the libraries and how their processes are. */
export function ModulesTable({ addModule }: { readonly addModule: ReactNode }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const { query, modules } = useTokens();
  const [removing, setRemoving] = useState<TokenModuleView>();
  const restart = useRestartModule();
  const { run: runRestart } = restart;
  const columns = useMemo<TableColumnsType<TokenModuleView>>(
    () => [
      {
        title: t("tokens.modules.columns.name"),
        width: 150,
        ellipsis: true,
        sorter: (a, b) => a.name.localeCompare(b.name),
        render: (_, module) => <Link to={`/tokens/modules/${module.id}`}>{module.name}</Link>,
      },
      {
        title: t("tokens.modules.columns.state"),
        width: 330,
        render: (_, module) => (
          <Flex vertical gap={2} align="start">
            <StateTag tone={MODULE_TONE[module.state]}>{t(`tokens.modules.state.${module.state}`)}</StateTag>
            {module.problem && (
              <Typography.Text style={{ fontSize: 12, whiteSpace: "normal" }}>
                <ErrorText said={module.problem} />
              </Typography.Text>
            )}
          </Flex>
        ),
      },
      {
        title: t("tokens.modules.columns.library"),
        width: 200,
        ellipsis: true,
        render: (_, { info }) => (info ? `${info.manufacturer} · ${info.description} ${info.libraryVersion}` : "–"),
      },
      {
        title: t("tokens.modules.columns.path"),
        width: 330,
        render: (_, module) => <Identifier oneLine value={module.path} label={t("tokens.modules.columns.path")} />,
      },
      {
        title: <span className="visually-hidden">{t("common.actions")}</span>,
        width: 48,
        fixed: "end",
        render: (_, module) => (
          <RowMenu
            name={module.name}
            actions={[
              {
                key: "doctor",
                label: t("tokens.modules.doctor"),
                onClick: () => void navigate(`/tokens/modules/${module.id}`),
              },
              { key: "restart", label: t("tokens.modules.restart"), onClick: () => void runRestart(module.id) },
              {
                key: "remove",
                label: t("tokens.modules.remove"),
                danger: true,
                onClick: () => setRemoving(module),
              },
            ]}
          />
        ),
      },
    ],
    [t, navigate, runRestart],
  );
  return (
    <>
      <ErrorPanel error={restart.error} />
      <DataTable
        label={t("tokens.modules.what")}
        rows={modules}
        columns={columns}
        rowKey="id"
        loading={query.isPending}
        error={query.error}
        onRetry={() => void query.refetch()}
        filteredAway={false}
        empty={<EmptyState text={t("tokens.modules.empty")} action={addModule} />}
      />
      {removing && <RemoveModuleDialog module={removing} onClose={() => setRemoving(undefined)} />}
    </>
  );
}
