import { Card, Col, Flex, Row, Skeleton, Statistic, Typography } from "antd";
import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useOperation } from "../../app/use-operation.ts";
import { openVault, useVaultStatus } from "../../app/use-vault.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { useErrorLine } from "../../components/error-words.ts";
import { Page } from "../../components/Page.tsx";
import { isMoving } from "../tasks/task-state.ts";
import { useTaskTitle } from "../tasks/use-task-title.ts";
import { AttentionList } from "./AttentionList.tsx";
import { attentionGroups, vaultWarnings } from "./attention.ts";
import { FirstSteps } from "./FirstSteps.tsx";
import { LastChanges } from "./LastChanges.tsx";
import { VaultWarnings } from "./VaultWarnings.tsx";

const NOTHING = {};

/** What needs attention first, then counts, then what was done last. */
export function OverviewPage() {
  const { t } = useTranslation();
  const vault = openVault(useVaultStatus().data);
  const keypairs = useOperation("keypairs", "list", NOTHING);
  const servers = useOperation("servers", "list", NOTHING);
  const tasks = useOperation("tasks", "list", NOTHING);
  const tokens = useOperation("tokens", "list", NOTHING);
  const titleOf = useTaskTitle();
  const inWords = useErrorLine();
  const groups = useMemo(
    () => attentionGroups(servers.data?.servers ?? [], tasks.data?.tasks ?? [], tokens.data, { titleOf, inWords }),
    [servers.data, tasks.data, tokens.data, titleOf, inWords],
  );
  const warnings = vaultWarnings(vault?.warnings ?? []);
  const error = keypairs.error ?? servers.error ?? tasks.error;
  const ready = keypairs.data && servers.data && tasks.data;
  const bound = servers.data?.servers.filter((server) => server.binding?.state === "bound").length ?? 0;
  const first =
    ready && bound === 0 && groups.every((group) => group.kind === "unpinned" || group.kind === "passwordOn");
  return (
    <Page title={t("overview.title")}>
      {error && (
        <ErrorPanel
          error={error}
          onRetry={() => void Promise.all([keypairs.refetch(), servers.refetch(), tasks.refetch()])}
        />
      )}
      <VaultWarnings warnings={warnings} />
      {!ready && !error && <Skeleton active paragraph={{ rows: 8 }} />}
      {ready && (
        <>
          {first && (
            <FirstSteps hasKeypair={keypairs.data.keypairs.length > 0} hasServer={servers.data.servers.length > 0} />
          )}
          <Card title={<h2 style={{ font: "inherit", margin: 0 }}>{t("overview.attention")}</h2>}>
            <AttentionList groups={groups} quiet={warnings.length === 0} />
          </Card>
          <Row gutter={[12, 12]} role="group" aria-label={t("overview.counts")}>
            <Count
              to="/keypairs"
              title={t("overview.keypairs")}
              value={keypairs.data.keypairs.length}
              note={t("overview.keptPrivate", {
                count: keypairs.data.keypairs.filter((pair) => pair.privateHalf === "kept").length,
              })}
            />
            <Count
              to="/servers"
              title={t("overview.servers")}
              value={servers.data.servers.length}
              note={t("overview.boundServers", { count: bound })}
            />
            <Count
              to="/servers?login=off"
              title={t("overview.passwordOff")}
              value={servers.data.servers.filter((server) => server.passwordLogin === "off").length}
              note={t("overview.ofServers", { count: servers.data.servers.length })}
            />
            <Count
              to="/tasks"
              title={t("overview.tasks")}
              value={tasks.data.tasks.length}
              note={t("overview.runningTasks", {
                count: tasks.data.tasks.filter((task) => isMoving(task.state)).length,
              })}
            />
          </Row>
        </>
      )}
      <LastChanges />
    </Page>
  );
}

interface CountProps {
  readonly to: string;
  readonly title: string;
  readonly value: number;
  readonly note: string;
}

function Count({ to, title, value, note }: CountProps) {
  return (
    <Col xs={12} md={6}>
      <Card size="small" style={{ height: "100%" }}>
        <Flex vertical>
          <Statistic title={<Link to={to}>{title}</Link>} value={value} />
          <Typography.Text type="secondary">{note}</Typography.Text>
        </Flex>
      </Card>
    </Col>
  );
}
