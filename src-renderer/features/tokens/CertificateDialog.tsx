import { DownloadOutlined } from "@ant-design/icons";
import { Button, Descriptions, Flex, Skeleton, Typography } from "antd";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import type { CertificateView } from "#shared/models/token.ts";
import { useOperation } from "../../app/use-operation.ts";
import { SidePanel } from "../../components/Dialog.tsx";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { ExactText } from "../../components/ExactText.tsx";
import { Identifier } from "../../components/Identifier.tsx";
import { RelativeTime } from "../../components/RelativeTime.tsx";
import { StateTag } from "../../components/StateTag.tsx";
import { saveText } from "../../components/save-file.ts";
import type { ObjectDialogProps } from "./object-dialog.ts";

export function CertificateDialog({ token, object, onClose }: ObjectDialogProps) {
  const { t } = useTranslation();
  const input = useMemo(() => ({ id: token.id, ref: object.ref }), [token.id, object.ref]);
  const certificate = useOperation("tokens", "certificate", input);
  const label = object.label || t("tokens.objects.noLabel");
  return (
    <SidePanel title={t("tokens.certificate.title", { label })} size={640} onClose={onClose} mask={{ closable: true }}>
      {certificate.data ? (
        <Facts certificate={certificate.data} label={label} />
      ) : certificate.error ? (
        <ErrorPanel error={certificate.error} onRetry={() => void certificate.refetch()} />
      ) : (
        <Skeleton active />
      )}
    </SidePanel>
  );
}

function Facts({ certificate: shown, label }: { readonly certificate: CertificateView; readonly label: string }) {
  const { t } = useTranslation();
  const [now] = useState(Date.now);
  const validity = now < shown.notBefore ? "notYet" : now > shown.notAfter ? "expired" : "valid";
  return (
    <Flex vertical gap={16} align="stretch">
      <Flex gap={8} align="center" wrap>
        <StateTag tone={validity === "valid" ? "good" : "bad"}>{t(`tokens.certificate.${validity}`)}</StateTag>
        {shown.selfSigned && <StateTag tone="quiet">{t("tokens.certificate.facts.selfSigned")}</StateTag>}
        <Typography.Text type="secondary">{t("tokens.certificate.validity")}</Typography.Text>
      </Flex>
      <Descriptions
        size="small"
        bordered
        column={1}
        styles={{ label: { width: 160 } }}
        items={[
          { key: "subject", label: t("tokens.certificate.facts.subject"), children: shown.subject },
          { key: "issuer", label: t("tokens.certificate.facts.issuer"), children: shown.issuer },
          {
            key: "names",
            label: t("tokens.certificate.facts.names"),
            children: shown.subjectAltNames.join(", ") || t("common.none"),
          },
          {
            key: "serial",
            label: t("tokens.certificate.facts.serialNumber"),
            children: <Identifier value={shown.serialNumber} label={t("tokens.certificate.facts.serialNumber")} />,
          },
          {
            key: "from",
            label: t("tokens.certificate.facts.notBefore"),
            children: <RelativeTime time={shown.notBefore} />,
          },
          {
            key: "to",
            label: t("tokens.certificate.facts.notAfter"),
            children: <RelativeTime time={shown.notAfter} />,
          },
          { key: "key", label: t("tokens.certificate.facts.publicKey"), children: shown.publicKey },
          {
            key: "algorithm",
            label: t("tokens.certificate.facts.signatureAlgorithm"),
            children: shown.signatureAlgorithm,
          },
          {
            key: "fingerprint",
            label: t("tokens.certificate.facts.fingerprint"),
            children: <Identifier value={shown.fingerprintSha256} label={t("tokens.certificate.facts.fingerprint")} />,
          },
        ]}
      />
      <ExactText text={shown.pem} label={t("tokens.certificate.pem")} />
      <Button
        icon={<DownloadOutlined />}
        onClick={() => saveText(`${label.replaceAll(/[^\p{L}\p{N}._-]+/gu, "-")}.pem`, shown.pem)}
        style={{ alignSelf: "flex-start" }}
      >
        {t("tokens.request.save")}
      </Button>
    </Flex>
  );
}
