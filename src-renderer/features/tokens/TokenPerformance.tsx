import { Alert, Button, Flex, Progress, Segmented, Spin, Typography, theme } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { PerformanceFigure, TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { type Bar, type BarGroup, barGroups } from "./performance-bars.ts";

/** Ways of signing, verifying and encrypting that are measured, for the estimate of how long it takes. */
const WORKS = 5;

/** H12. The figures live with the page: they are of this moment. */
export function TokenPerformance({ token }: { readonly token: TokenView }) {
  const { t } = useTranslation();
  const client = useClient();
  const [callers, setCallers] = useState(1);
  const [seconds, setSeconds] = useState(1);
  const [figures, setFigures] = useState<readonly PerformanceFigure[]>();
  const measure = useAction(client.tokens.measure);
  const run = async () => {
    const measured = await measure.run({ id: token.id, callers, seconds });
    if (measured) setFigures(measured.figures);
  };
  return (
    <Flex vertical gap={16}>
      <Typography.Text>{t("tokens.performance.text")}</Typography.Text>
      <Flex gap={16} align="center" wrap>
        <Flex gap={8} align="center">
          <span>{t("tokens.performance.callers")}</span>
          <Segmented
            aria-label={t("tokens.performance.callers")}
            value={callers}
            onChange={setCallers}
            options={[1, 4, 16]}
          />
        </Flex>
        <Flex gap={8} align="center">
          <span>{t("tokens.performance.seconds")}</span>
          <Segmented
            aria-label={t("tokens.performance.seconds")}
            value={seconds}
            onChange={setSeconds}
            options={[0.5, 1, 3]}
          />
        </Flex>
        <Button
          type="primary"
          loading={measure.pending}
          disabled={!token.present || !token.initialized}
          onClick={() => void run()}
        >
          {t("tokens.performance.run")}
        </Button>
      </Flex>
      {token.present && token.initialized && token.loggedIn !== "user" && (
        <Alert type="info" showIcon title={t("tokens.performance.logIn")} />
      )}
      <ErrorPanel error={measure.error} onRetry={() => void run()} />
      {measure.pending ? (
        <Spin
          description={t("tokens.performance.running", {
            seconds: Math.ceil(seconds * WORKS * (callers === 1 ? 1 : 2) + 2),
          })}
        />
      ) : figures ? (
        <Flex vertical gap={20} role="status">
          {barGroups(figures).map((group) => (
            <Group key={group.name} group={group} />
          ))}
        </Flex>
      ) : (
        <EmptyState text={t("tokens.performance.empty")} />
      )}
    </Flex>
  );
}

function Group({ group }: { readonly group: BarGroup }) {
  const { t } = useTranslation();
  return (
    <section aria-label={group.name} style={{ maxWidth: 760 }}>
      <Flex gap={12} align="baseline" wrap>
        <Typography.Title level={3} style={{ margin: 0 }}>
          {group.name}
        </Typography.Title>
        <Typography.Text type="secondary">
          {group.ofReference === undefined
            ? t("tokens.performance.noReference")
            : t("tokens.performance.ofReference", { percent: group.ofReference })}
        </Typography.Text>
      </Flex>
      {group.bars.map((bar) => (
        <BarLine key={`${bar.kind}-${bar.callers}`} bar={bar} />
      ))}
    </section>
  );
}

function BarLine({ bar }: { readonly bar: Bar }) {
  const { t } = useTranslation();
  const { token } = theme.useToken();
  const label =
    bar.kind === "reference"
      ? t("tokens.performance.platinum")
      : t("tokens.performance.measured", { count: bar.callers });
  const value = t("tokens.performance.perSecond", { value: Math.round(bar.perSecond) });
  return (
    <>
      <Flex gap={12} align="center">
        <span style={{ width: 170, flexShrink: 0 }}>{label}</span>
        <Progress
          percent={bar.percent}
          showInfo={false}
          size={["100%", 12]}
          strokeLinecap="butt"
          strokeColor={bar.kind === "reference" ? token.colorTextTertiary : token.colorPrimary}
          aria-label={`${label}: ${value}`}
          style={{ flex: 1, lineHeight: 1 }}
        />
        <span style={{ width: 100, flexShrink: 0, textAlign: "end", fontVariantNumeric: "tabular-nums" }}>{value}</span>
      </Flex>
      {bar.note && <Typography.Text type="warning">{bar.note}</Typography.Text>}
    </>
  );
}
