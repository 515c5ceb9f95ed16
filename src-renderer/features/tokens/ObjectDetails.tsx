import { Descriptions, Flex, Tag, Typography } from "antd";
import type { ReactNode } from "react";
import { useTranslation } from "react-i18next";
import type { TokenObject } from "#shared/models/token.ts";
import { SidePanel } from "../../components/Dialog.tsx";
import { localTime } from "../../components/format.ts";
import { Identifier } from "../../components/Identifier.tsx";
import type { ObjectFamily } from "./object-families.ts";

/** The attributes of everything that belongs to one key, as the token says them. */
export function ObjectDetails({ family, onClose }: { readonly family: ObjectFamily; readonly onClose: () => void }) {
  const { t } = useTranslation();
  return (
    <SidePanel
      title={`${t("tokens.objects.details")}: ${family.head.label || t("tokens.objects.noLabel")}`}
      size={620}
      onClose={onClose}
      mask={{ closable: true }}
    >
      <Flex vertical gap={20}>
        <Typography.Text>{t(`tokens.objects.protectionMeaning.${family.protection}`)}</Typography.Text>
        {family.members.map((member, index) => (
          // biome-ignore lint/suspicious/noArrayIndexKey: objects nobody can tell apart share a ref
          <Attributes key={`${member.ref}-${index}`} object={member} />
        ))}
        <Typography.Text type="secondary">{t("tokens.objects.attributes.readBack")}</Typography.Text>
      </Flex>
    </SidePanel>
  );
}

function Attributes({ object }: { readonly object: TokenObject }) {
  const { t } = useTranslation();
  const said = (flag: boolean | undefined) =>
    flag === undefined ? t("tokens.objects.attributes.notTold") : t(`tokens.objects.attributes.${flag ? "yes" : "no"}`);
  const item = (key: string, label: string, children: ReactNode, shown = true) =>
    shown ? [{ key, label, children }] : [];
  const isSecret = object.class === "private-key" || object.class === "secret-key";
  const { certificate, fingerprint } = object;
  return (
    <Descriptions
      size="small"
      bordered
      column={1}
      styles={{ label: { width: 230 } }}
      title={t(`tokens.objects.class.${object.class}`)}
      items={[
        ...item("label", t("tokens.objects.attributes.label"), object.label || t("tokens.objects.noLabel")),
        ...item(
          "id",
          t("tokens.objects.attributes.id"),
          object.keyId ? <Identifier value={object.keyId} label={t("tokens.objects.attributes.id")} /> : "–",
        ),
        ...item("type", t("tokens.objects.attributes.type"), object.keyType, object.keyType !== undefined),
        ...item("curve", t("tokens.objects.attributes.curve"), object.curve, object.curve !== undefined),
        ...item(
          "bits",
          t("tokens.objects.attributes.size"),
          t("tokens.objects.attributes.bits", { count: object.bits }),
          object.bits !== undefined,
        ),
        ...item(
          "uses",
          t("tokens.objects.attributes.uses"),
          <Flex gap={4} wrap>
            {object.uses.map((use) => (
              <Tag key={use} style={{ marginInlineEnd: 0 }}>
                {use}
              </Tag>
            ))}
            {object.uses.length === 0 && t("common.none")}
          </Flex>,
          object.class !== "certificate" && object.class !== "data",
        ),
        ...item(
          "pinEachTime",
          t("tokens.objects.attributes.pinEachTime"),
          said(object.pinEachTime),
          object.pinEachTime === true,
        ),
        ...item("sensitive", t("tokens.objects.attributes.sensitive"), said(object.sensitive), isSecret),
        ...item("extractable", t("tokens.objects.attributes.extractable"), said(object.extractable), isSecret),
        ...item("always", t("tokens.objects.attributes.alwaysSensitive"), said(object.alwaysSensitive), isSecret),
        ...item("never", t("tokens.objects.attributes.neverExtractable"), said(object.neverExtractable), isSecret),
        ...item("local", t("tokens.objects.attributes.local"), said(object.local), object.class !== "certificate"),
        ...item("modifiable", t("tokens.objects.attributes.modifiable"), said(object.modifiable)),
        ...item(
          "fingerprint",
          t("tokens.objects.attributes.fingerprint"),
          <Identifier value={fingerprint ?? ""} label={t("tokens.objects.attributes.fingerprint")} />,
          fingerprint !== undefined,
        ),
        ...(certificate
          ? [
              ...item("subject", t("tokens.certificate.facts.subject"), certificate.subject),
              ...item("issuer", t("tokens.certificate.facts.issuer"), certificate.issuer),
              ...item("from", t("tokens.certificate.facts.notBefore"), localTime(certificate.notBefore)),
              ...item("to", t("tokens.certificate.facts.notAfter"), localTime(certificate.notAfter)),
            ]
          : []),
        ...item(
          "ref",
          t("tokens.objects.attributes.ref"),
          <Identifier value={object.ref} label={t("tokens.objects.attributes.ref")} />,
        ),
      ]}
    />
  );
}
