import { ClearOutlined, ReloadOutlined, SearchOutlined } from "@ant-design/icons";
import { Button, Flex, Input, Select, Tooltip, Typography } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";

interface ListToolbarProps {
  readonly search: string;
  readonly searchLabel: string;
  readonly onSearch: (text: string) => void;
  readonly children?: ReactNode;
  readonly active: boolean;
  readonly onClear: () => void;
  readonly onRefresh: () => void;
  readonly refreshing: boolean;
  /** What else can be done with the list, beside refresh. */
  readonly tools?: ReactNode;
  /** "12 of 40", said to screen readers when it changes. */
  readonly count?: string;
}

/** Above every list: search, filters, clear, refresh, how many are shown. */
export function ListToolbar(props: ListToolbarProps) {
  const { t } = useTranslation();
  return (
    <Flex gap={8} align="center" wrap role="search" aria-label={props.searchLabel}>
      <Input
        allowClear
        prefix={<SearchOutlined aria-hidden />}
        placeholder={props.searchLabel}
        aria-label={props.searchLabel}
        value={props.search}
        onChange={(event) => props.onSearch(event.target.value)}
        onKeyDown={(event) => event.key === "Escape" && props.onSearch("")}
        title={props.searchLabel}
        style={{ width: 340, maxWidth: "100%" }}
      />
      {props.children}
      {props.active && (
        <Button icon={<ClearOutlined />} onClick={props.onClear}>
          {t("common.clearFilters")}
        </Button>
      )}
      <Flex gap={8}>
        {props.tools}
        <Tooltip title={t("common.refresh")}>
          <Button
            icon={<ReloadOutlined />}
            aria-label={t("common.refresh")}
            loading={props.refreshing}
            onClick={props.onRefresh}
          />
        </Tooltip>
      </Flex>
      {props.count !== undefined && (
        <Typography.Text type="secondary" role="status" style={{ marginInlineStart: "auto" }}>
          {props.count}
        </Typography.Text>
      )}
    </Flex>
  );
}

interface ChoiceFilterProps {
  readonly label: string;
  readonly value: string;
  readonly options: readonly { readonly value: string; readonly label: string }[];
  readonly onChange: (value: string) => void;
  readonly width?: number;
}

/** One filter with a few choices; the empty value is "all" and reads as the filter's name. */
export function ChoiceFilter({ label, value, options, onChange, width = 150 }: ChoiceFilterProps) {
  const { t } = useTranslation();
  return (
    <Select
      aria-label={label}
      value={value}
      onChange={onChange}
      options={[{ value: "", label: `${label}: ${t("common.all")}` }, ...options]}
      style={{ width }}
      popupMatchSelectWidth={false}
    />
  );
}
