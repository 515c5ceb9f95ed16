import { Table } from "antd";
import { useTranslation } from "react-i18next";
import { useOperation } from "../../app/use-operation.ts";
import { SidePanel } from "../../components/Dialog.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";

const NOTHING = {};

export function CheckpointsDrawer({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation();
  const list = useOperation("audit", "checkpoints", NOTHING, { staleTime: 0 });
  return (
    <SidePanel size={760} title={t("traces.checkpoints")} onClose={onClose}>
      {list.error ? (
        <ErrorPanel error={list.error} onRetry={() => void list.refetch()} />
      ) : (
        <Table
          size="small"
          rowKey="number"
          loading={list.isPending}
          dataSource={list.data?.checkpoints ?? []}
          pagination={{ pageSize: 50, hideOnSinglePage: true, size: "small" }}
          // Fixed: the two long columns share what is left, and each is cut with the whole on hover.
          tableLayout="fixed"
          scroll={{ x: 640 }}
          locale={{ emptyText: <EmptyState text={t("traces.checkpointsEmpty")} /> }}
          columns={[
            { title: t("traces.checkpointColumns.number"), dataIndex: "number", width: 55 },
            { title: t("traces.columns.time"), width: 158, render: (_, row) => <RelativeTime time={row.time} short /> },
            {
              title: t("traces.checkpointColumns.range"),
              width: 112,
              render: (_, row) => `${row.firstSequence} – ${row.lastSequence}`,
            },
            {
              title: t("traces.head"),
              render: (_, row) => <Identifier oneLine value={row.head} label={t("traces.head")} />,
            },
            {
              title: t("traces.checkpointColumns.signature"),
              render: (_, row) => (
                <Identifier oneLine value={row.signature} label={t("traces.checkpointColumns.signature")} />
              ),
            },
          ]}
        />
      )}
    </SidePanel>
  );
}
