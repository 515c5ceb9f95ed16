import { useMemo } from "react";
import { useTranslation } from "react-i18next";
import type { Trace } from "#shared/models/trace.ts";
import { isResourceType } from "#shared/trace-resources.ts";
import { openVault, useVaultStatus } from "../../app/use-vault.ts";
import { Identifier } from "../../components/Identifier.tsx";
import { fileTime, type ListColumn } from "../../components/list-columns.ts";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { TraceName } from "./TraceName.tsx";
import { OUTCOME_TONE, STATUS_TONE } from "./trace-tones.ts";

export function useTraceColumns(): readonly ListColumn<Trace>[] {
  const { t } = useTranslation();
  const vaultName = openVault(useVaultStatus().data)?.vaultName ?? "";
  return useMemo(() => {
    // By the names that the filter offers. Lock and unlock do not name the vault: there is one only, by the name it has now.
    const resource = ({ resourceType: type, resourceName, resourceId }: Trace) =>
      [
        isResourceType(type) ? t(`traces.resource.${type}`) : type,
        resourceName || (type === "vault" && vaultName) || resourceId,
      ]
        .filter(Boolean)
        .join(" · ");
    const plain = (key: "operatorName" | "source" | "operation" | "code", label: string, width: number) => ({
      label,
      width,
      ellipsis: true,
      render: (_: unknown, trace: Trace) => trace[key],
      text: (trace: Trace) => trace[key],
    });
    const identifier = (key: "id" | "resourceId" | "mac", label: string) => ({
      extra: true,
      label,
      width: 220,
      render: (_: unknown, trace: Trace) => trace[key] && <Identifier oneLine value={trace[key]} label={label} />,
      text: (trace: Trace) => trace[key],
    });
    return [
      {
        key: "sequence",
        label: t("traces.columns.sequence"),
        width: 70,
        align: "end",
        render: (_, trace) => trace.sequence,
        text: (trace) => String(trace.sequence),
      },
      {
        key: "time",
        label: t("traces.columns.time"),
        width: 160,
        render: (_, trace) => <RelativeTime time={trace.time} short />,
        text: (trace) => fileTime(trace.time),
      },
      {
        key: "name",
        label: t("traces.columns.name"),
        width: 210,
        ellipsis: true,
        render: (_, trace) => <TraceName trace={trace} />,
        text: (trace) => trace.name,
      },
      { key: "operation", extra: true, ...plain("operation", t("traces.operation"), 200) },
      {
        key: "outcome",
        label: t("traces.columns.outcome"),
        width: 110,
        render: (_, trace) => (
          <StateTag tone={OUTCOME_TONE[trace.outcome]}>{t(`traces.outcome.${trace.outcome}`)}</StateTag>
        ),
        text: (trace) => t(`traces.outcome.${trace.outcome}`),
      },
      { key: "code", extra: true, ...plain("code", t("traces.code"), 180) },
      {
        key: "status",
        label: t("traces.filter.status"),
        width: 100,
        render: (_, trace) => (
          <StateTag tone={STATUS_TONE[trace.status]}>{t(`traces.status.${trace.status}`)}</StateTag>
        ),
        text: (trace) => t(`traces.status.${trace.status}`),
      },
      { key: "operator", ...plain("operatorName", t("traces.columns.operator"), 110) },
      { key: "source", ...plain("source", t("traces.columns.source"), 80) },
      {
        key: "resource",
        label: t("traces.columns.resource"),
        width: 170,
        ellipsis: true,
        render: (_, trace) => resource(trace),
        text: resource,
      },
      { key: "resourceId", ...identifier("resourceId", t("traces.filter.resourceId")) },
      { key: "id", ...identifier("id", t("common.id")) },
      { key: "link", ...identifier("mac", t("traces.mac")) },
    ];
  }, [t, vaultName]);
}
