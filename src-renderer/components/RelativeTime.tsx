import { Tooltip, Typography } from "antd";
import { useTranslation } from "react-i18next";
import { localTime, relativeTime, utcTime } from "./format.ts";
import { useNow } from "./use-now.ts";

interface RelativeTimeProps {
  readonly time: number | undefined;
  /** Only the local time, for tables with little room. */
  readonly short?: boolean;
}

/** Local to the second, relative beside it, UTC on hover. */
export function RelativeTime({ time, short = false }: RelativeTimeProps) {
  const { t, i18n } = useTranslation();
  const now = useNow(short ? 0 : 30_000);
  if (time === undefined) return <Typography.Text type="secondary">{t("common.never")}</Typography.Text>;
  const relative = relativeTime(time, now, i18n.language) ?? t("time.justNow");
  return (
    <Tooltip title={t("common.utc", { time: utcTime(time) })}>
      <time
        dateTime={new Date(time).toISOString()}
        style={{ whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" }}
      >
        {localTime(time)}
        {!short && <Typography.Text type="secondary"> · {relative}</Typography.Text>}
      </time>
    </Tooltip>
  );
}
