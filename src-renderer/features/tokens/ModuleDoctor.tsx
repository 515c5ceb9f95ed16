import { Alert, Button, Card, Flex, Input, Select, Spin, Table, Tag, Typography } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { DoctorReport, TokenModuleView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { duration } from "../../components/format.ts";
import { StateTag, type Tone } from "../../components/StateTag.tsx";
import { includesText } from "../../components/text-search.ts";
import { tokenName } from "./token-state.ts";
import { useTokens } from "./use-tokens.ts";

type Probe = DoctorReport["probes"][number];

const OUTCOME_TONE: Readonly<Record<Probe["outcome"], Tone>> = {
  works: "good",
  fails: "bad",
  "not-listed": "quiet",
  "not-tried": "waiting",
};

/** Examines the library on request: it makes keys, so it never does so by itself. The report lives with the page. */
export function ModuleDoctor({ module }: { readonly module: TokenModuleView }) {
  const { t } = useTranslation();
  const client = useClient();
  const { tokens } = useTokens();
  const own = tokens.filter((token) => token.present && token.moduleId === module.id);
  const [chosen, setChosen] = useState<string | null>();
  const [report, setReport] = useState<DoctorReport>();
  const diagnose = useAction(client.tokens.diagnoseModule, ["tokens"]);
  const tokenId = (own.find((token) => token.id === chosen) ?? own.find((token) => token.loggedIn === "user") ?? own[0])
    ?.id;
  const run = async () => {
    const found = await diagnose.run({ id: module.id, ...(tokenId ? { tokenId } : {}) });
    if (found) setReport(found);
  };
  return (
    <Card title={t("tokens.doctor.title")}>
      <Flex vertical gap={12}>
        <Typography.Text>{t("tokens.doctor.intro")}</Typography.Text>
        <Flex gap={8} align="center" wrap>
          <label htmlFor="doctor-token">{t("tokens.doctor.token")}</label>
          <Select
            id="doctor-token"
            aria-label={t("tokens.doctor.token")}
            value={tokenId ?? null}
            disabled={own.length === 0}
            placeholder={t("tokens.doctor.noToken")}
            onChange={setChosen}
            style={{ minWidth: 240 }}
            options={own.map((token) => ({
              value: token.id,
              label: `${tokenName(token, t("tokens.fresh"))} · ${t(`tokens.login.${token.loggedIn}`)}`,
            }))}
          />
          <Button type="primary" loading={diagnose.pending} onClick={() => void run()}>
            {t("tokens.doctor.run")}
          </Button>
        </Flex>
        {diagnose.pending && <Spin description={t("tokens.doctor.running")} />}
        <ErrorPanel error={diagnose.error} onRetry={() => void run()} />
        {report && !diagnose.pending && <Report report={report} />}
      </Flex>
    </Card>
  );
}

function Report({ report }: { readonly report: DoctorReport }) {
  const { t } = useTranslation();
  const tried = report.probes.filter((probe) => probe.outcome === "works" || probe.outcome === "fails").length;
  return (
    <Flex vertical gap={16}>
      <Typography.Text role="status">
        {t("tokens.doctor.speedText", {
          mechanisms: report.mechanisms.length,
          probes: tried,
          time: duration(report.milliseconds),
          each: duration(report.milliseconds / Math.max(1, tried)),
        })}
      </Typography.Text>
      <section aria-label={t("tokens.doctor.quirks")}>
        <Typography.Title level={3}>{t("tokens.doctor.quirks")}</Typography.Title>
        {report.quirks.length === 0 ? (
          <Typography.Text type="secondary">{t("tokens.doctor.noQuirks")}</Typography.Text>
        ) : (
          <Flex vertical gap={8}>
            {report.quirks.map((quirk) => (
              <Alert key={quirk} type="warning" showIcon title={quirk} />
            ))}
          </Flex>
        )}
      </section>
      <section aria-label={t("tokens.doctor.probes")}>
        <Typography.Title level={3}>{t("tokens.doctor.probes")}</Typography.Title>
        {report.probes.length === 0 ? (
          <Typography.Text type="secondary">{t("tokens.doctor.noProbes")}</Typography.Text>
        ) : (
          <Probes probes={report.probes} />
        )}
      </section>
      <section aria-label={t("tokens.doctor.mechanisms")}>
        <Mechanisms mechanisms={report.mechanisms} />
      </section>
    </Flex>
  );
}

function Probes({ probes }: { readonly probes: DoctorReport["probes"] }) {
  const { t } = useTranslation();
  return (
    <Table
      size="small"
      rowKey="name"
      dataSource={probes}
      pagination={false}
      scroll={{ x: 640 }}
      columns={[
        { title: t("tokens.doctor.columns.probe"), dataIndex: "name", width: 260 },
        {
          title: t("tokens.doctor.columns.outcome"),
          width: 130,
          render: (_, probe) => (
            <StateTag tone={OUTCOME_TONE[probe.outcome]}>{t(`tokens.doctor.outcome.${probe.outcome}`)}</StateTag>
          ),
        },
        { title: t("tokens.doctor.columns.detail"), dataIndex: "detail" },
      ]}
    />
  );
}

function Mechanisms({ mechanisms }: { readonly mechanisms: DoctorReport["mechanisms"] }) {
  const { t } = useTranslation();
  const [search, setSearch] = useState("");
  const rows = useMemo(
    () => mechanisms.filter((mechanism) => includesText(search, mechanism.name, ...mechanism.flags)),
    [mechanisms, search],
  );
  return (
    <Flex vertical gap={8}>
      <Flex gap={12} align="center" justify="space-between" wrap>
        <Typography.Title level={3} style={{ margin: 0 }}>
          {t("tokens.doctor.mechanisms")} ({t("common.shown", { shown: rows.length, total: mechanisms.length })})
        </Typography.Title>
        <Input
          allowClear
          value={search}
          placeholder={t("tokens.doctor.mechanismSearch")}
          aria-label={t("tokens.doctor.mechanismSearch")}
          onChange={(event) => setSearch(event.target.value)}
          style={{ width: 260 }}
        />
      </Flex>
      <Table
        size="small"
        rowKey="name"
        dataSource={rows}
        pagination={rows.length > 50 ? { pageSize: 50, size: "small", showSizeChanger: false } : false}
        scroll={{ x: 640 }}
        columns={[
          {
            title: t("tokens.doctor.columns.mechanism"),
            dataIndex: "name",
            width: 260,
            render: (name: string) => <Typography.Text code>{name}</Typography.Text>,
          },
          {
            title: t("tokens.doctor.columns.flags"),
            render: (_, mechanism) => (
              <Flex gap={4} wrap>
                {mechanism.flags.map((flag) => (
                  <Tag key={flag} style={{ marginInlineEnd: 0 }}>
                    {flag}
                  </Tag>
                ))}
              </Flex>
            ),
          },
          {
            title: t("tokens.doctor.columns.sizes"),
            width: 130,
            render: (_, { minKeySize: min, maxKeySize: max }) =>
              max === 0 ? "–" : min === max ? String(max) : t("tokens.doctor.sizes", { min, max }),
          },
        ]}
      />
    </Flex>
  );
}
