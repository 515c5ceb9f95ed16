import { Alert, Button, Card, Flex, Form, Input, Steps, Typography } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import type { Result } from "#shared/contract/index.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useAction } from "../../app/use-action.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Landing } from "../../components/Landing.tsx";
import { LeaveGuard } from "../../components/LeaveGuard.tsx";
import { Page } from "../../components/Page.tsx";
import { ShareEntry } from "./ShareEntry.tsx";
import { SharesGiven } from "./SharesGiven.tsx";
import { TokenReady } from "./TokenReady.tsx";
import { tokenName } from "./token-state.ts";
import { useToken } from "./use-tokens.ts";

type Checked = Result<"tokens", "checkShare"> & { readonly text: string };
type Backup = Result<"tokens", "describeBackup">;
type Outcome = { readonly kind: "restored" | "rehearsed"; readonly proof: string };

/** H09, D30: the file, then one custodian after another, each checked at once; a drill ends before anything is restored. */
export function ShareRestorePage() {
  const { t } = useTranslation();
  const { id = "" } = useParams();
  const navigate = useNavigate();
  const client = useClient();
  const token = useToken(id);
  const name = token ? tokenName(token, t("tokens.fresh")) : t("tokens.title");
  const [path, setPath] = useState("");
  const [backup, setBackup] = useState<Backup>();
  const [given, setGiven] = useState<readonly Checked[]>([]);
  const [twice, setTwice] = useState<number>();
  const [outcome, setOutcome] = useState<Outcome>();
  const describe = useAction(client.tokens.describeBackup);
  const check = useAction(client.tokens.checkShare);
  const rehearse = useAction(client.tokens.rehearseShares);
  const restore = useAction(client.tokens.restoreKeyFromShares, ["tokens"]);
  const [first] = given;
  const enough = first !== undefined && given.length >= first.threshold;
  const isBusy = rehearse.pending || restore.pending;

  const add = async (share: string) => {
    setTwice(undefined);
    const found = await check.run({ path, share });
    if (!found) return false;
    if (given.some(({ index }) => index === found.index)) {
      setTwice(found.index);
      return true;
    }
    setGiven([...given, { ...found, text: share }]);
    return true;
  };
  const end = async (kind: Outcome["kind"]) => {
    const texts = given.map(({ text }) => text);
    const wish = { path, shares: texts };
    const done = kind === "restored" ? await restore.run({ id, ...wish }) : await rehearse.run(wish);
    if (!done) return;
    // A restored key needs no shares any more; after a drill the same may still be used.
    if (kind === "restored") setGiven([]);
    setOutcome({ kind, proof: done.proof });
  };
  const byShares = backup?.wrappedBy.kind === "shares";
  const step = outcome?.kind === "restored" ? 2 : byShares ? 1 : 0;
  const choose = async (chosen: string) => {
    setPath(chosen);
    setBackup(undefined);
    setBackup(await describe.run({ path: chosen }));
  };
  // To another file: shares were checked against this one, so they are forgotten.
  const back = () => {
    check.clear();
    setGiven([]);
    setTwice(undefined);
    setOutcome(undefined);
    setBackup(undefined);
  };
  return (
    <Page title={t("tokens.shares.restoreTitle", { name })}>
      {given.length > 0 && (
        <LeaveGuard
          title={t("tokens.shares.leaveRestoreTitle")}
          text={t("tokens.shares.leaveRestoreText", { count: given.length })}
          okText={t("tokens.shares.leaveRestoreOk")}
        />
      )}
      <Card style={{ maxWidth: 860 }}>
        <Flex vertical gap={16}>
          <Steps
            size="small"
            current={step}
            items={[
              { title: t("tokens.shares.restoreSteps.file") },
              { title: t("tokens.shares.restoreSteps.shares") },
              { title: t("tokens.shares.restoreSteps.result") },
            ]}
          />
          {step === 0 && <FileForm path={path} pending={describe.pending} onPath={(chosen) => void choose(chosen)} />}
          {step === 0 && backup?.wrappedBy.kind === "key" && (
            <Alert
              type="warning"
              showIcon
              role="status"
              title={t("tokens.shares.notByShares", { label: backup.key.label })}
              description={t("tokens.shares.notBySharesText", { wrapping: backup.wrappedBy.label })}
            />
          )}
          {step === 0 && <ErrorPanel error={describe.error} />}
          {step === 1 && (
            <>
              {backup && <SharesGiven path={path} backup={backup} given={given} />}
              {twice !== undefined && (
                <Alert type="warning" showIcon role="status" title={t("tokens.shares.twice", { index: twice })} />
              )}
              {!enough && (
                <ShareEntry
                  key={given.length}
                  label={t("tokens.shares.typeNext", { number: given.length + 1 })}
                  okText={t("tokens.shares.check")}
                  pending={check.pending}
                  error={check.error}
                  onShare={add}
                />
              )}
              {enough && (
                <Landing>
                  <Flex vertical gap={12}>
                    {outcome && (
                      <Alert
                        type="success"
                        showIcon
                        role="status"
                        title={t("tokens.shares.rehearsed")}
                        description={outcome.proof}
                      />
                    )}
                    <TokenReady tokenId={id} label={name} />
                    <Flex gap={8} wrap>
                      <Button loading={rehearse.pending} disabled={isBusy} onClick={() => void end("rehearsed")}>
                        {t("tokens.shares.rehearse")}
                      </Button>
                      <Button
                        type="primary"
                        loading={restore.pending}
                        disabled={isBusy}
                        onClick={() => void end("restored")}
                      >
                        {t("tokens.shares.restore", { name })}
                      </Button>
                    </Flex>
                    <Typography.Text type="secondary">{t("tokens.shares.rehearseHint")}</Typography.Text>
                  </Flex>
                </Landing>
              )}
              <ErrorPanel error={rehearse.error ?? restore.error} />
            </>
          )}
          {step === 2 && outcome && (
            <Landing>
              <Alert
                type="success"
                showIcon
                role="status"
                title={t("tokens.restore.done")}
                description={outcome.proof}
              />
            </Landing>
          )}
          <Flex gap={8}>
            {step === 1 && (
              <Button disabled={isBusy || check.pending} onClick={back}>
                {t("common.back")}
              </Button>
            )}
            <Button onClick={() => void navigate(`/tokens/${id}/objects`)}>
              {t(step === 2 ? "tokens.shares.toToken" : "common.cancel")}
            </Button>
          </Flex>
        </Flex>
      </Card>
    </Page>
  );
}

interface FileFormProps {
  readonly path: string;
  readonly pending: boolean;
  readonly onPath: (path: string) => void;
}

function FileForm({ path, pending, onPath }: FileFormProps) {
  const { t } = useTranslation();
  return (
    <Form
      layout="vertical"
      requiredMark={false}
      initialValues={{ path }}
      onFinish={(typed: { path: string }) => onPath(typed.path.trim())}
      aria-label={t("tokens.restore.path")}
      style={{ maxWidth: 640 }}
    >
      <Typography.Paragraph>{t("tokens.shares.restoreText")}</Typography.Paragraph>
      <Form.Item
        name="path"
        label={t("tokens.restore.path")}
        extra={t("tokens.restore.pathHint")}
        rules={[
          { required: true, message: t("fields.required") },
          { pattern: /^\s*\//, message: t("fields.pathRule") },
        ]}
      >
        <Input autoFocus autoComplete="off" spellCheck={false} maxLength={4096} />
      </Form.Item>
      <Button type="primary" htmlType="submit" loading={pending}>
        {t("common.next")}
      </Button>
    </Form>
  );
}
