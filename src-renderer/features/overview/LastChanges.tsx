import { Card, Table } from "antd";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { isResourceType } from "#shared/trace-resources.ts";
import { LAST_CHANGES, useOperation } from "../../app/use-operation.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { TraceName } from "../traces/TraceName.tsx";
import { OUTCOME_TONE } from "../traces/trace-tones.ts";

export function LastChanges() {
  const { t } = useTranslation();
  const list = useOperation("audit", "list", LAST_CHANGES);
  return (
    <Card
      title={<h2 style={{ font: "inherit", margin: 0 }}>{t("overview.lastChanges")}</h2>}
      extra={<Link to="/traces">{t("overview.allTraces")}</Link>}
      styles={{ body: { padding: 0 } }}
    >
      {list.error ? (
        <div style={{ padding: 16 }}>
          <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />
        </div>
      ) : (
        <Table
          size="small"
          rowKey="id"
          loading={list.isPending}
          dataSource={list.data?.traces ?? []}
          pagination={false}
          scroll={{ x: 560 }}
          locale={{
            emptyText: (
              <EmptyState text={list.isPending ? t("common.loading", { what: t("traces.what") }) : t("traces.empty")} />
            ),
          }}
          columns={[
            { title: t("traces.columns.time"), width: 160, render: (_, row) => <RelativeTime time={row.time} short /> },
            { title: t("traces.columns.name"), ellipsis: true, render: (_, row) => <TraceName trace={row} /> },
            {
              title: t("traces.columns.resource"),
              ellipsis: true,
              render: (_, row) =>
                row.resourceName ||
                (isResourceType(row.resourceType) ? t(`traces.resource.${row.resourceType}`) : row.resourceType),
            },
            { title: t("traces.columns.operator"), dataIndex: "operatorName", ellipsis: true },
            {
              title: t("traces.columns.outcome"),
              width: 120,
              render: (_, row) => (
                <StateTag tone={OUTCOME_TONE[row.outcome]}>{t(`traces.outcome.${row.outcome}`)}</StateTag>
              ),
            },
          ]}
        />
      )}
    </Card>
  );
}
