import { AutoComplete, DatePicker, Input, Switch, Typography } from "antd";
import dayjs from "dayjs";
import { useTranslation } from "react-i18next";
import { RESOURCE_TYPES } from "#shared/trace-resources.ts";
import { localZone } from "../../components/format.ts";
import { ChoiceFilter } from "../../components/ListToolbar.tsx";
import type { ListFilter } from "../../components/use-list-filter.ts";
import {
  isResourceId,
  TIME_PRESETS,
  type TimePreset,
  TRACE_OUTCOMES,
  TRACE_STATUSES,
  type TraceFilter,
} from "./trace-filter.ts";

interface TraceFiltersProps {
  readonly filter: ListFilter<keyof TraceFilter & string>;
  /** Trace names seen so far, to choose from. */
  readonly names: readonly string[];
}

export function TraceFilters({ filter, names }: TraceFiltersProps) {
  const { t } = useTranslation();
  const { values, set } = filter;
  const custom = values.time === "custom";
  const noId = values.resource !== "" && !isResourceId(values.resource);
  return (
    <>
      <ChoiceFilter
        label={t("traces.filter.time")}
        value={values.time}
        onChange={(value) => set("time", value)}
        options={[
          ...(Object.keys(TIME_PRESETS) as TimePreset[]).map((value) => ({
            value,
            label: t(`traces.preset.${value}`),
          })),
          { value: "custom", label: t("traces.preset.custom") },
        ]}
      />
      {custom && (
        <DatePicker.RangePicker
          showTime
          allowEmpty={[true, true]}
          aria-label={`${t("traces.filter.time")} (${localZone()})`}
          placeholder={[`${t("traces.filter.from")} (${localZone()})`, t("traces.filter.to")]}
          value={[values.from ? dayjs(Number(values.from)) : null, values.to ? dayjs(Number(values.to)) : null]}
          onChange={(range) => {
            set("from", range?.[0] ? String(range[0].valueOf()) : "");
            set("to", range?.[1] ? String(range[1].valueOf()) : "");
          }}
        />
      )}
      <ChoiceFilter
        label={t("traces.filter.status")}
        value={values.status}
        onChange={(value) => set("status", value)}
        options={TRACE_STATUSES.map((value) => ({ value, label: t(`traces.status.${value}`) }))}
      />
      <ChoiceFilter
        label={t("traces.filter.outcome")}
        value={values.outcome}
        onChange={(value) => set("outcome", value)}
        options={TRACE_OUTCOMES.map((value) => ({ value, label: t(`traces.outcome.${value}`) }))}
      />
      <ChoiceFilter
        label={t("traces.filter.type")}
        value={values.type}
        onChange={(value) => set("type", value)}
        options={RESOURCE_TYPES.map((value) => ({ value, label: t(`traces.resource.${value}`) }))}
        width={160}
      />
      <AutoComplete
        aria-label={t("traces.filter.name")}
        placeholder={t("traces.filter.name")}
        allowClear
        value={values.name}
        onChange={(value: string | undefined) => set("name", value ?? "")}
        options={names.map((value) => ({ value }))}
        style={{ width: 150 }}
      />
      <Input
        aria-label={t("traces.filter.operator")}
        placeholder={t("traces.filter.operator")}
        allowClear
        value={values.operator}
        onChange={(event) => set("operator", event.target.value)}
        style={{ width: 120 }}
      />
      <Input
        aria-label={t("traces.filter.resourceId")}
        placeholder={t("traces.filter.resourceId")}
        allowClear
        value={values.resource}
        status={noId ? "error" : ""}
        aria-invalid={noId}
        onChange={(event) => set("resource", event.target.value)}
        style={{ width: 130 }}
      />
      {noId && (
        <Typography.Text type="danger" role="alert">
          {t("traces.filter.resourceIdRule")}
        </Typography.Text>
      )}
      <span style={{ whiteSpace: "nowrap" }}>
        <Switch
          size="small"
          checked={values.reads !== "shown"}
          aria-label={t("traces.filter.hideReads")}
          onChange={(hide) => set("reads", hide ? "" : "shown")}
        />{" "}
        {t("traces.filter.hideReads")}
      </span>
    </>
  );
}
