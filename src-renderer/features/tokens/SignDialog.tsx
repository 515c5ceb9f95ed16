import { Segmented } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Dialog } from "../../components/Dialog.tsx";
import { CheckSignature } from "./CheckSignature.tsx";
import { MakeSignature } from "./MakeSignature.tsx";
import type { ObjectDialogProps } from "./object-dialog.ts";

/** H07: signs with a key on the token, or checks what was signed with it. */
export function SignDialog({ token, object, onClose }: ObjectDialogProps) {
  const { t } = useTranslation();
  const [way, setWay] = useState<"sign" | "check">(object.class === "private-key" ? "sign" : "check");
  return (
    <Dialog
      title={t("tokens.sign.title", { label: object.label || t("tokens.objects.noLabel") })}
      width={640}
      footer={null}
      onCancel={onClose}
    >
      <Segmented
        aria-label={t("tokens.sign.way")}
        value={way}
        onChange={setWay}
        disabled={object.class !== "private-key"}
        options={[
          { value: "sign", label: t("tokens.sign.make") },
          { value: "check", label: t("tokens.sign.check") },
        ]}
        style={{ marginBlock: "4px 12px" }}
      />
      {way === "sign" ? (
        <MakeSignature token={token} object={object} onClose={onClose} />
      ) : (
        <CheckSignature token={token} object={object} onClose={onClose} />
      )}
    </Dialog>
  );
}
