import { Alert, Descriptions, Flex } from "antd";
import { useTranslation } from "react-i18next";
import type { Verification } from "#shared/models/trace.ts";
import { localTime } from "../../components/format.ts";
import { Identifier } from "../../components/Identifier.tsx";

/** What a verification found: whole, or the first record that is not as it was written, by number. */
export function VerifyPanel({ result, onClose }: { readonly result: Verification; readonly onClose: () => void }) {
  const { t } = useTranslation();
  const { finding, seams } = result;
  const whole = seams.length === 0 ? "traces.intact" : "traces.intactBut";
  return (
    <Alert
      type={result.intact ? (seams.length === 0 ? "success" : "warning") : "error"}
      showIcon
      role="status"
      closable={{ onClose, "aria-label": t("common.close") }}
      title={
        <span data-verify={result.intact ? "intact" : "broken"}>{t(result.intact ? whole : "traces.broken")}</span>
      }
      description={
        <Flex vertical gap={4}>
          {finding ? (
            <>
              <strong>
                {t(`traces.finding.${finding.kind}`)} · {t("traces.atSequence", { sequence: finding.sequence })}
              </strong>
              <span>{finding.message}</span>
            </>
          ) : (
            <span>
              {t("traces.intactText", {
                records: result.records,
                checkpoints: result.checkpoints,
                ms: Math.round(result.milliseconds),
              })}
            </span>
          )}
          {seams.map((seam) => (
            <span key={seam.sequence} data-seam={seam.sequence}>
              {t("traces.seam", { ...seam, name: seam.operatorName, time: localTime(seam.time) })}
            </span>
          ))}
          <Descriptions
            size="small"
            column={1}
            items={[
              {
                key: "head",
                label: t("traces.head"),
                children: <Identifier value={result.head} label={t("traces.head")} />,
              },
              {
                key: "key",
                label: t("traces.publicKey"),
                children: <Identifier value={result.publicKey} label={t("traces.publicKey")} />,
              },
            ]}
          />
        </Flex>
      }
    />
  );
}
