import { Alert, Button, Card, Descriptions, Flex, Skeleton, Steps } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useParams } from "react-router";
import type { TokenObject } from "#shared/models/token.ts";
import { useOperation } from "../../app/use-operation.ts";
import { EmptyState } from "../../components/EmptyState.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { Landing } from "../../components/Landing.tsx";
import { Page } from "../../components/Page.tsx";
import { ShareHandOut } from "./ShareHandOut.tsx";
import { type OpenCeremony, ShareTerms } from "./ShareTerms.tsx";
import { useToken } from "./use-tokens.ts";

interface Finished {
  readonly path: string;
  readonly custodians: readonly string[];
}

/** H09: terms, custodians, result. */
export function ShareBackupPage() {
  const { t } = useTranslation();
  const { id = "", ref = "" } = useParams();
  const navigate = useNavigate();
  const token = useToken(id);
  const input = useMemo(() => ({ id }), [id]);
  const query = useOperation("tokens", "listObjects", input, { enabled: token?.present === true, staleTime: 0 });
  // What was chosen stays, whatever happens to the token while custodians come and go.
  const [subject, setSubject] = useState<TokenObject>();
  const object = subject ?? query.data?.objects.find((one) => one.ref === ref);
  const [ceremony, setCeremony] = useState<OpenCeremony>();
  const [finished, setFinished] = useState<Finished>();
  const [stopped, setStopped] = useState<number>();
  const leave = () => void navigate(`/tokens/${id}/objects`);
  const label = object?.label || t("tokens.objects.noLabel");
  if (!token || !object)
    return (
      <Page title={t("tokens.shares.titlePlain")}>
        {query.isPending && token?.present ? (
          <Skeleton active />
        ) : (
          <>
            <ErrorPanel error={query.error} onRetry={() => void query.refetch()} />
            <EmptyState
              text={t("tokens.shares.gone")}
              action={<Button onClick={leave}>{t("tokens.shares.toToken")}</Button>}
            />
          </>
        )}
      </Page>
    );
  const isOver = finished !== undefined || stopped !== undefined;
  return (
    <Page title={t("tokens.shares.title", { label })}>
      <Card style={{ maxWidth: 860 }}>
        <Flex vertical gap={16}>
          <Steps
            size="small"
            current={isOver ? 2 : ceremony ? 1 : 0}
            {...(stopped === undefined ? {} : { status: "error" as const })}
            items={[
              { title: t("tokens.shares.stepNames.terms") },
              { title: t("tokens.shares.stepNames.custodians") },
              { title: t("tokens.shares.stepNames.result") },
            ]}
          />
          {!ceremony && (
            <ShareTerms
              token={token}
              object={object}
              onBegun={(begun) => {
                setSubject(object);
                setCeremony(begun);
              }}
            />
          )}
          {ceremony && !isOver && (
            <ShareHandOut
              ceremony={ceremony}
              onFinished={(path, custodians) => setFinished({ path, custodians })}
              onStopped={setStopped}
            />
          )}
          {stopped !== undefined && (
            <Landing>
              <Alert
                type="warning"
                showIcon
                role="status"
                title={t("tokens.shares.stopped")}
                description={t("tokens.shares.stoppedText", { count: stopped })}
              />
            </Landing>
          )}
          {ceremony && finished && (
            <Landing>
              <Result ceremony={ceremony} finished={finished} />
            </Landing>
          )}
          {isOver && (
            <Button type="primary" style={{ alignSelf: "start" }} onClick={leave}>
              {t("tokens.shares.toToken")}
            </Button>
          )}
        </Flex>
      </Card>
    </Page>
  );
}

function Result({ ceremony, finished }: { readonly ceremony: OpenCeremony; readonly finished: Finished }) {
  const { t } = useTranslation();
  const { setId, mechanism, proof, threshold, shares } = ceremony;
  const setName = setId.toUpperCase().match(/.{4}/g)?.join("-") ?? setId;
  return (
    <Flex vertical gap={16}>
      <Alert
        type="success"
        showIcon
        role="status"
        title={t("tokens.shares.done", { threshold, total: shares })}
        description={t("tokens.shares.doneText")}
      />
      <Descriptions
        size="small"
        bordered
        column={1}
        styles={{ label: { width: 160 } }}
        items={[
          {
            key: "file",
            label: t("tokens.restore.path"),
            children: <Identifier value={finished.path} label={t("tokens.restore.path")} />,
          },
          { key: "set", label: t("tokens.shares.set"), children: setName },
          { key: "custodians", label: t("tokens.shares.custodians"), children: finished.custodians.join(" · ") },
          { key: "how", label: t("tokens.shares.wrapped"), children: mechanism },
          { key: "proof", label: t("tokens.shares.proof"), children: proof },
        ]}
      />
    </Flex>
  );
}
