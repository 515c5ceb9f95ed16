import { SafetyCertificateOutlined } from "@ant-design/icons";
import { Button, Flex, Typography } from "antd";
import { useEffect, useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Trace, Verification } from "#shared/models/trace.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ListView } from "../../components/ListView.tsx";
import { Page } from "../../components/Page.tsx";
import { useListFilter } from "../../components/use-list-filter.ts";
import { CheckpointsDrawer } from "./CheckpointsDrawer.tsx";
import { TraceDetails } from "./TraceDetails.tsx";
import { TraceFilters } from "./TraceFilters.tsx";
import { isResourceId, TRACE_FILTER_KEYS, traceParams } from "./trace-filter.ts";
import { useTraceColumns } from "./use-trace-columns.tsx";
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
  // Nothing can be about what is no id: that is known without asking, and asking would leave a trace.
  const matchesNothing = wanted.resource !== "" && !isResourceId(wanted.resource);
  const traces = useTraces(input, !matchesNothing);
  const [verification, setVerification] = useState<Verification>();
  const [checkpoints, setCheckpoints] = useState(false);
  const verify = useAction(client.audit.verify);
  const pages = matchesNothing ? undefined : traces.data?.pages;
  const rows = useMemo(() => pages?.flatMap((page) => page.traces) ?? [], [pages]);
  const total = pages?.[0]?.total ?? 0;
  const names = useMemo(() => [...new Set(rows.map((trace) => trace.name))].sort(), [rows]);
  const columns = useTraceColumns();

  const runVerify = async () => {
    setVerification(undefined);
    setVerification(await verify.run({}));
  };
  const refresh = () => {
    setAskedAt(Date.now());
    if (!matchesNothing) void traces.refetch();
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
      <ListView
        list="traces"
        label={t("traces.what")}
        rows={rows}
        columns={columns}
        rowKey="id"
        loading={traces.isLoading}
        error={traces.error}
        filteredAway={filter.active}
        empty={<EmptyState text={t("traces.empty")} />}
        expandable={{
          expandedRowRender: (trace: Trace) => <TraceDetails trace={trace} />,
          columnWidth: 36,
          columnTitle: <span className="visually-hidden">{t("common.details")}</span>,
        }}
        filter={filter}
        searchLabel={t("traces.search")}
        total={total}
        onRefresh={refresh}
        refreshing={traces.isFetching}
        filters={<TraceFilters filter={filter} names={names} />}
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
