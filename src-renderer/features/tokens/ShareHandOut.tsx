import { Alert, Button, Flex, Form, Input, Progress, Typography } from "antd";
import { useEffect, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import type { Result } from "#shared/contract/index.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { EndDialog } from "../../components/EndDialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Landing } from "../../components/Landing.tsx";
import { LeaveGuard } from "../../components/LeaveGuard.tsx";
import { ShareEntry } from "./ShareEntry.tsx";
import { ShareSheet } from "./ShareSheet.tsx";
import type { OpenCeremony } from "./ShareTerms.tsx";

type Shown = Result<"tokens", "revealShare">;

interface ShareHandOutProps {
  readonly ceremony: OpenCeremony;
  readonly onFinished: (path: string, custodians: readonly string[]) => void;
  readonly onStopped: (handedOut: number) => void;
}

/** D30: one custodian after another; the share is on the screen until it is written down, and then typed back from the paper. */
export function ShareHandOut({ ceremony, onFinished, onStopped }: ShareHandOutProps) {
  const { t } = useTranslation();
  const client = useClient();
  const { ceremonyId, shares: total } = ceremony;
  const [custodians, setCustodians] = useState<readonly string[]>([]);
  const [custodian, setCustodian] = useState("");
  const [shown, setShown] = useState<Shown>();
  const [written, setWritten] = useState(false);
  const [asksToStop, setAsksToStop] = useState(false);
  const reveal = useAction(client.tokens.revealShare);
  const confirm = useAction(client.tokens.confirmShare);
  const stop = useAction(client.tokens.cancelShares);
  const index = custodians.length + 1;
  // A share that was shown is on paper, or in somebody's head, before it is typed back.
  const seen = custodian === "" ? custodians.length : index;
  useCancelledOnLeave(ceremonyId);

  const show = async (name: string) => {
    confirm.clear();
    const share = await reveal.run({ ceremonyId, custodian: name });
    if (!share) return;
    setCustodian(name);
    setShown(share);
    setWritten(false);
  };
  const hide = () => {
    setShown(undefined);
    setWritten(true);
  };
  const typedBack = async (share: string) => {
    const done = await confirm.run({ ceremonyId, share });
    if (!done) return false;
    const all = [...custodians, custodian];
    if (done.path !== undefined) onFinished(done.path, all);
    setCustodians(all);
    setWritten(false);
    setCustodian("");
    return true;
  };
  const turnBack = async () => {
    const ended = await stop.run({ ceremonyId });
    // A lock has ended it before: the same holds.
    onStopped(ended?.handedOut ?? custodians.length);
  };
  return (
    <Flex vertical gap={16}>
      <LeaveGuard
        title={t("tokens.shares.leaveTitle")}
        text={t("tokens.shares.leaveText", { count: seen })}
        okText={t("tokens.shares.leaveOk")}
      />
      <Progress
        percent={Math.round((custodians.length / total) * 100)}
        format={() => t("tokens.shares.progress", { done: custodians.length, total })}
        aria-label={t("tokens.shares.progressLabel")}
      />
      <Typography.Title level={3} style={{ margin: 0 }}>
        {custodian
          ? t("tokens.shares.shareFor", { index, total, custodian })
          : t("tokens.shares.shareNext", { index, total })}
      </Typography.Title>
      {!shown && !written && (
        <CustodianForm
          key={index}
          index={index}
          pending={reveal.pending}
          taken={custodians}
          onShow={(name) => void show(name)}
        />
      )}
      {shown && (
        <Landing>
          <Flex vertical gap={12} align="start">
            <Typography.Text>{t("tokens.shares.writeDown")}</Typography.Text>
            <ShareSheet index={shown.index} total={shown.total} lines={shown.lines} />
            <Button type="primary" onClick={hide}>
              {t("tokens.shares.writtenDown")}
            </Button>
          </Flex>
        </Landing>
      )}
      {written && (
        <>
          <ShareEntry
            label={t("tokens.shares.typeBack", { index })}
            okText={t("tokens.shares.confirm")}
            pending={confirm.pending}
            error={confirm.error}
            onShare={typedBack}
          />
          <Button onClick={() => void show(custodian)} loading={reveal.pending} style={{ alignSelf: "start" }}>
            {t("tokens.shares.again")}
          </Button>
        </>
      )}
      <ErrorPanel error={reveal.error} />
      <Alert
        type="info"
        showIcon
        title={t("tokens.shares.unfinished")}
        action={
          <Button size="small" danger onClick={() => setAsksToStop(true)}>
            {t("tokens.shares.stop")}
          </Button>
        }
      />
      {asksToStop && (
        <EndDialog
          title={t("tokens.shares.leaveTitle")}
          text={t("tokens.shares.stopText", { count: seen })}
          stayText={t("tokens.shares.goOn")}
          okText={t("tokens.shares.stopOk")}
          pending={stop.pending}
          onStay={() => setAsksToStop(false)}
          onEnd={() => void turnBack()}
        />
      )}
    </Flex>
  );
}

interface CustodianFormProps {
  readonly index: number;
  readonly pending: boolean;
  readonly taken: readonly string[];
  readonly onShow: (name: string) => void;
}

function CustodianForm({ index, pending, taken, onShow }: CustodianFormProps) {
  const { t } = useTranslation();
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      onFinish={({ custodian }: { custodian: string }) => onShow(custodian.trim())}
      aria-label={t("tokens.shares.custodian")}
      style={{ maxWidth: 480 }}
    >
      <Form.Item
        name="custodian"
        label={t("tokens.shares.custodian")}
        extra={t("tokens.shares.custodianHint")}
        validateTrigger="onSubmit"
        rules={[
          { required: true, whitespace: true, message: t("fields.required") },
          {
            validator: (_, value: string | undefined) =>
              taken.includes((value ?? "").trim())
                ? Promise.reject(new Error(t("tokens.shares.custodianTaken")))
                : Promise.resolve(),
          },
        ]}
      >
        <Input autoFocus autoComplete="off" maxLength={200} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={pending}>
        {t("tokens.shares.show", { index })}
      </Button>
    </Form>
  );
}

/** Whoever leaves the page ends the handing-out. Ending twice is refused and harmless. */
function useCancelledOnLeave(ceremonyId: string): void {
  const client = useClient();
  const ask = useRef(client);
  ask.current = client;
  useEffect(
    () => () => {
      void ask.current.tokens.cancelShares({ ceremonyId }).catch(() => undefined);
    },
    [ceremonyId],
  );
}
