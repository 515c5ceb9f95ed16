import { SafetyCertificateOutlined } from "@ant-design/icons";
import { Button, Flex, type TableColumnsType, Typography } from "antd";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Trace, Verification } from "#shared/models/trace.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { DataTable } from "../../components/DataTable.tsx";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ListToolbar } from "../../components/ListToolbar.tsx";
import { Page } from "../../components/Page.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { useListFilter } from "../../components/use-list-filter.ts";
import { CheckpointsDrawer } from "./CheckpointsDrawer.tsx";
import { TraceDetails } from "./TraceDetails.tsx";
import { TraceFilters } from "./TraceFilters.tsx";
import { TraceName } from "./TraceName.tsx";
import { TRACE_FILTER_KEYS, traceParams } from "./trace-filter.ts";
import { OUTCOME_TONE, STATUS_TONE } from "./trace-tones.ts";
import { useTraces } from "./use-traces.ts";
import { VerifyPanel } from "./VerifyPanel.tsx";

/** A keyword is asked for when the typing pauses: each question is a trace of its own. */
const TYPING_PAUSE = 350;

export function TracesPage() {
  const { t } = useTranslation();
  const client = useClient();
  const filter = useListFilter(TRACE_FILTER_KEYS);
  const wanted = useSettled(filter.values, TYPING_PAUSE);
  const [askedAt, setAskedAt] = useState(() => Date.now());
  const input = useMemo(() => traceParams(wanted, askedAt), [wanted, askedAt]);
  const traces = useTraces(input);
  const [verification, setVerification] = useState<Verification>();
  const [checkpoints, setCheckpoints] = useState(false);
  const verify = useAction(client.audit.verify);
  const rows = useMemo(() => traces.data?.pages.flatMap((page) => page.traces) ?? [], [traces.data]);
  const total = traces.data?.pages[0]?.total ?? 0;
  const names = useMemo(() => [...new Set(rows.map((trace) => trace.name))].sort(), [rows]);
  const columns = useTraceColumns();

  const runVerify = async () => {
    setVerification(undefined);
    setVerification(await verify.run({}));
  };
  const refresh = () => {
    setAskedAt(Date.now());
    void traces.refetch();
  };
  return (
    <Page
      fill
      title={t("traces.title")}
      actions={
        <>
          <Button onClick={() => setCheckpoints(true)}>{t("traces.checkpoints")}</Button>
          <Button
            type="primary"
            icon={<SafetyCertificateOutlined />}
            loading={verify.pending}
            onClick={() => void runVerify()}
          >
            {t("traces.verify")}
          </Button>
        </>
      }
    >
      {verify.pending && <Typography.Text role="status">{t("traces.verifying")}</Typography.Text>}
      <ErrorPanel error={verify.error} onRetry={() => void runVerify()} />
      {verification && <VerifyPanel result={verification} onClose={() => setVerification(undefined)} />}
      <ListToolbar
        search={filter.values.q}
        searchLabel={t("traces.search")}
        onSearch={(text) => filter.set("q", text)}
        active={filter.active}
        onClear={filter.clear}
        onRefresh={refresh}
        refreshing={traces.isFetching}
        count={t("common.shown", { shown: rows.length, total })}
      >
        <TraceFilters filter={filter} names={names} />
      </ListToolbar>
      <DataTable
        label={t("traces.what")}
        rows={rows}
        columns={columns}
        rowKey="id"
        loading={traces.isPending}
        error={traces.error}
        onRetry={refresh}
        filteredAway={filter.active}
        empty={<EmptyState text={t("traces.empty")} />}
        expandable={{
          expandedRowRender: (trace: Trace) => <TraceDetails trace={trace} />,
          columnWidth: 36,
          columnTitle: <span className="visually-hidden">{t("common.details")}</span>,
        }}
      />
      {rows.length > 0 && (
        <Flex justify="center">
          {traces.hasNextPage ? (
            <Button loading={traces.isFetchingNextPage} onClick={() => void traces.fetchNextPage()}>
              {t("traces.loadMore")}
            </Button>
          ) : (
            <Typography.Text type="secondary">{t("traces.end")}</Typography.Text>
          )}
        </Flex>
      )}
      {checkpoints && <CheckpointsDrawer onClose={() => setCheckpoints(false)} />}
    </Page>
  );
}

function useSettled<T>(value: T, pause: number): T {
  const [settled, setSettled] = useState(value);
  useEffect(() => {
    const timer = setTimeout(() => setSettled(value), pause);
    return () => clearTimeout(timer);
  }, [value, pause]);
  return settled;
}

function useTraceColumns(): TableColumnsType<Trace> {
  const { t } = useTranslation();
  return useMemo(
    () => [
      {
        title: t("traces.columns.sequence"),
        dataIndex: "sequence",
        width: 70,
        align: "end",
      },
      {
        title: t("traces.columns.time"),
        width: 160,
        render: (_, trace) => <RelativeTime time={trace.time} short />,
      },
      {
        title: t("traces.columns.name"),
        width: 210,
        ellipsis: true,
        render: (_, trace) => <TraceName trace={trace} />,
      },
      {
        title: t("traces.columns.outcome"),
        width: 110,
        render: (_, trace) => (
          <StateTag tone={OUTCOME_TONE[trace.outcome]}>{t(`traces.outcome.${trace.outcome}`)}</StateTag>
        ),
      },
      {
        title: t("traces.filter.status"),
        width: 100,
        render: (_, trace) => (
          <StateTag tone={STATUS_TONE[trace.status]}>{t(`traces.status.${trace.status}`)}</StateTag>
        ),
      },
      { title: t("traces.columns.operator"), dataIndex: "operatorName", width: 110, ellipsis: true },
      { title: t("traces.columns.source"), dataIndex: "source", width: 80, ellipsis: true },
      {
        title: t("traces.columns.resource"),
        width: 170,
        ellipsis: true,
        render: (_, trace) => [trace.resourceType, trace.resourceName || trace.resourceId].filter(Boolean).join(" · "),
      },
    ],
    [t],
  );
}
