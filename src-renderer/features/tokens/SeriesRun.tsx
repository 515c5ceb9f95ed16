import { Alert, Button, Collapse, Flex, Form, Input, Select, Spin, Typography } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { isKeysteadError } from "#shared/errors/keystead-error.ts";
import type { TokenView, WizardStep } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { LeaveGuard } from "../../components/LeaveGuard.tsx";
import { TypedWord } from "../../components/TypedWord.tsx";
import { incompleteSteps } from "./incomplete-steps.ts";
import { OnTokenNow } from "./OnTokenNow.tsx";
import type { OpenSeries } from "./SeriesForm.tsx";
import { SeriesTable } from "./SeriesResult.tsx";
import type { SeriesRow } from "./series-table.ts";
import { confirmWord, tokenName } from "./token-state.ts";
import { useTokens } from "./use-tokens.ts";
import { WizardSteps } from "./WizardSteps.tsx";

interface SeriesRunProps {
  readonly series: OpenSeries;
  readonly onEnded: (results: readonly SeriesRow[]) => void;
}

/** Insert, confirm, done, next. Tokens that were done are left out, so that the next one chosen is the next one inserted. */
export function SeriesRun({ series, onEnded }: SeriesRunProps) {
  const { t } = useTranslation();
  const client = useClient();
  const { tokens } = useTokens();
  const [nextLabel, setNextLabel] = useState(series.nextLabel);
  const [rows, setRows] = useState<readonly SeriesRow[]>([]);
  const [last, setLast] = useState<{ readonly label: string; readonly steps: readonly WizardStep[] }>();
  const [chosen, setChosen] = useState<string | null>(null);
  const run = useAction(client.tokens.initializeNext, ["tokens", "keypairs"]);
  const end = useAction(client.tokens.endSeries);
  const failedSteps = incompleteSteps(run.error);
  useForgottenOnLeave(series.seriesId);

  const doneSerials = new Set(rows.filter((row) => row.outcome === "done").map((row) => row.serial));
  const open = tokens.filter((token) => token.present && !(token.serial !== "" && doneSerials.has(token.serial)));
  // A fresh token first: an initialised one is erased only when somebody chooses it.
  const token = open.find((one) => one.id === chosen) ?? open.find((one) => !one.initialized);

  const initialise = async (subject: TokenView) => {
    const facts = { label: nextLabel, serial: subject.serial, model: subject.model, time: Date.now() };
    const result = await run.run({ seriesId: series.seriesId, id: subject.id, confirm: confirmWord(subject) });
    setChosen(null);
    // A failure is in main's own table, which the end of the series shows.
    if (!result) return;
    setLast({ label: result.label, steps: result.steps });
    setRows((before) => [
      ...before,
      { ...facts, serial: result.token.serial, label: result.label, outcome: "done", message: "" },
    ]);
    setNextLabel(result.nextLabel);
  };
  const finish = async () => {
    const ended = await end.run({ seriesId: series.seriesId });
    if (ended) onEnded(ended.results);
    // A lock ended it before: what is known here is all there is.
    else if (rows.length > 0) onEnded(rows);
  };
  return (
    <Flex vertical gap={16}>
      <LeaveGuard
        title={t("tokens.series.leaveTitle")}
        text={t("tokens.series.leaveText", { count: rows.length })}
        okText={t("tokens.series.leaveOk")}
      />
      <Flex gap={8} align="baseline" wrap>
        <Typography.Text>{t("tokens.series.next")}:</Typography.Text>
        <Typography.Text strong style={{ fontSize: 16 }}>
          {nextLabel}
        </Typography.Text>
      </Flex>
      {open.length > 0 && (
        <Flex gap={8} align="center" wrap>
          <label htmlFor="series-token">{t("tokens.series.choose")}</label>
          <Select
            id="series-token"
            value={token?.id ?? null}
            onChange={setChosen}
            disabled={run.pending}
            placeholder={t("tokens.series.choose")}
            style={{ minWidth: 320 }}
            options={open.map((one) => ({
              value: one.id,
              label: [tokenName(one, t("tokens.fresh")), one.serial, one.slotDescription].filter(Boolean).join(" · "),
            }))}
          />
          <Typography.Text type="secondary">{doneSerials.size > 0 && t("tokens.series.doneAlready")}</Typography.Text>
        </Flex>
      )}
      {run.pending ? (
        <Flex vertical align="center" style={{ padding: 24 }} role="status">
          <Spin description={t("tokens.initialise.running")} />
        </Flex>
      ) : token ? (
        <NextToken key={token.id} token={token} onGo={() => void initialise(token)} />
      ) : (
        <Alert type="info" showIcon role="status" title={t("tokens.series.insert")} />
      )}
      <ErrorPanel error={run.error} />
      {rows.length > 0 && (
        <section aria-label={t("tokens.series.soFar")}>
          <Typography.Title level={3}>{t("tokens.series.soFar")}</Typography.Title>
          <SeriesTable rows={rows} />
        </section>
      )}
      {failedSteps && <WizardSteps steps={failedSteps} />}
      {last && !failedSteps && (
        <Collapse
          size="small"
          items={[
            {
              key: last.label,
              label: t("tokens.series.stepsOf", { label: last.label }),
              children: <WizardSteps steps={last.steps} />,
            },
          ]}
        />
      )}
      <ErrorPanel error={isKeysteadError(end.error) && rows.length > 0 ? undefined : end.error} />
      <Button onClick={() => void finish()} loading={end.pending} disabled={run.pending} style={{ alignSelf: "start" }}>
        {t("tokens.series.finish")}
      </Button>
    </Flex>
  );
}

/** Confirmed one by one: a series spares the typing of PINs, not the look at what is erased (C17). */
function NextToken({ token, onGo }: { readonly token: TokenView; readonly onGo: () => void }) {
  const { t } = useTranslation();
  const [form] = Form.useForm<{ confirm: string }>();
  const word = confirmWord(token);
  const blocked = token.protectedPath || token.writeProtected;
  return (
    <Flex vertical gap={12}>
      {token.initialized && (
        <Alert
          type="warning"
          showIcon
          title={t("tokens.series.erases", { name: tokenName(token, t("tokens.fresh")) })}
        />
      )}
      <OnTokenNow token={token} />
      <Form form={form} layout="vertical" requiredMark={false} onFinish={onGo} aria-label={t("tokens.series.go")}>
        <Form.Item
          name="confirm"
          label={
            <span>
              <TypedWord
                word={word}
                sentence={(place) =>
                  t(token.initialized ? "tokens.initialise.confirmAnew" : "tokens.initialise.confirmFresh", {
                    word: place,
                  })
                }
              />
            </span>
          }
          validateTrigger="onSubmit"
          rules={[
            {
              validator: (_, value: string | undefined) =>
                (value ?? "").trim().normalize("NFC") === word.normalize("NFC")
                  ? Promise.resolve()
                  : Promise.reject(new Error(t("tokens.initialise.confirmRule"))),
            },
          ]}
          style={{ maxWidth: 420 }}
        >
          <Input autoFocus autoComplete="off" spellCheck={false} maxLength={100} />
        </Form.Item>
        <Button type="primary" htmlType="submit" danger={token.initialized} disabled={blocked}>
          {t("tokens.series.go")}
        </Button>
      </Form>
    </Flex>
  );
}

/** Whoever leaves the page has no use for the PINs any more: main forgets them. Ending twice is refused and harmless. */
function useForgottenOnLeave(seriesId: string): void {
  const client = useClient();
  const ask = useRef(client);
  ask.current = client;
  useEffect(
    () => () => {
      void ask.current.tokens.endSeries({ seriesId }).catch(() => undefined);
    },
    [seriesId],
  );
}
