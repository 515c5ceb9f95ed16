import { CopyOutlined, DownloadOutlined } from "@ant-design/icons";
import { Button, Flex, Table, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { EmptyState } from "../../components/EmptyState.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { Landing } from "../../components/Landing.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { saveText } from "../../components/save-file.ts";
import { useCopy } from "../../components/use-copy.ts";
import { type SeriesRow, seriesCsv, seriesText } from "./series-table.ts";

/** A row a token that was touched; never a PIN. */
export function SeriesTable({ rows }: { readonly rows: readonly SeriesRow[] }) {
  const { t } = useTranslation();
  return (
    <Table
      size="small"
      rowKey={(row) => `${row.serial}-${row.label}-${row.time}`}
      dataSource={[...rows]}
      pagination={rows.length > 50 ? { pageSize: 50, size: "small" } : false}
      scroll={{ x: 720 }}
      columns={[
        { title: t("tokens.series.columns.label"), dataIndex: "label" },
        {
          title: t("tokens.series.columns.serial"),
          render: (_, row) =>
            row.serial ? <Identifier value={row.serial} label={t("tokens.series.columns.serial")} /> : "–",
        },
        { title: t("tokens.series.columns.model"), dataIndex: "model" },
        {
          title: t("tokens.series.columns.outcome"),
          render: (_, row) => (
            <StateTag tone={row.outcome === "done" ? "good" : "bad"}>
              {t(`tokens.series.outcome.${row.outcome}`)}
            </StateTag>
          ),
        },
        { title: t("tokens.series.columns.message"), dataIndex: "message" },
        { title: t("tokens.series.columns.time"), render: (_, row) => <RelativeTime time={row.time} short /> },
      ]}
    />
  );
}

export function SeriesResult({
  rows,
  onAnother,
}: {
  readonly rows: readonly SeriesRow[];
  readonly onAnother: () => void;
}) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const copy = useCopy();
  const done = rows.filter((row) => row.outcome === "done").length;
  return (
    <Landing>
      <Flex vertical gap={16}>
        <Typography.Text strong role="status">
          {t("tokens.series.summary", { done, failed: rows.length - done })}
        </Typography.Text>
        {rows.length === 0 ? <EmptyState text={t("tokens.series.none")} /> : <SeriesTable rows={rows} />}
        <Typography.Text type="secondary">{t("tokens.series.noPins")}</Typography.Text>
        <Flex gap={8} wrap>
          <Button icon={<CopyOutlined />} disabled={rows.length === 0} onClick={() => copy(seriesText(rows))}>
            {t("tokens.series.copy")}
          </Button>
          <Button
            icon={<DownloadOutlined />}
            disabled={rows.length === 0}
            onClick={() => saveText("initialised-tokens.csv", seriesCsv(rows))}
          >
            {t("tokens.series.csv")}
          </Button>
          <Button onClick={onAnother}>{t("tokens.series.another")}</Button>
          <Button type="primary" onClick={() => navigate("/tokens")}>
            {t("tokens.initialise.toList")}
          </Button>
        </Flex>
      </Flex>
    </Landing>
  );
}
