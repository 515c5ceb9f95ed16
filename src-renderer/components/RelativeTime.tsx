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
  const utc = t("common.utc", { time: utcTime(time) });
  const shown = (
    <time
      dateTime={new Date(time).toISOString()}
      style={{ whiteSpace: "nowrap", fontVariantNumeric: "tabular-nums" }}
      {...(short ? { title: utc } : {})}
    >
      {localTime(time)}
      {!short && (
        <Typography.Text type="secondary">
          {" · "}
          {relativeTime(time, now, i18n.language) ?? t("time.justNow")}
        </Typography.Text>
      )}
    </time>
  );
  // The browser's own hint in lists: hundreds of drawn ones would cost more than the rest of the row.
  return short ? shown : <Tooltip title={utc}>{shown}</Tooltip>;
}
