import { Button, Flex, Table, Typography } from "antd";
import { useTranslation } from "react-i18next";
import type { BatchRow } from "./run-batch.ts";
import { StateTag, type Tone } from "./StateTag.tsx";
import { useCopy } from "./use-copy.ts";

const TONE: Readonly<Record<BatchRow["outcome"], Tone>> = { done: "good", refused: "care", failed: "bad" };

/** A row per item: done, refused (why), failed (cause). Copied as tab-separated lines. */
export function BatchResult({ rows }: { readonly rows: readonly BatchRow[] }) {
  const { t } = useTranslation();
  const copy = useCopy();
  const count = (outcome: BatchRow["outcome"]) => rows.filter((row) => row.outcome === outcome).length;
  return (
    <Flex vertical gap={8}>
      <Flex justify="space-between" align="center" wrap gap={8}>
        <Typography.Text strong role="status">
          {t("batch.summary", { done: count("done"), refused: count("refused"), failed: count("failed") })}
        </Typography.Text>
        <Button
          size="small"
          onClick={() => copy(rows.map((row) => [row.name, row.outcome, row.message].join("\t")).join("\n"))}
        >
          {t("batch.copy")}
        </Button>
      </Flex>
      <Table
        size="small"
        rowKey="id"
        dataSource={[...rows]}
        pagination={rows.length > 50 ? { pageSize: 50, size: "small" } : false}
        columns={[
          { title: t("batch.item"), dataIndex: "name" },
          {
            title: t("batch.outcome"),
            render: (_, row) => <StateTag tone={TONE[row.outcome]}>{t(`batch.${row.outcome}`)}</StateTag>,
          },
          { title: t("batch.message"), dataIndex: "message" },
        ]}
      />
    </Flex>
  );
}
