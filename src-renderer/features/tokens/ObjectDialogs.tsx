import type { TokenObject, TokenView } from "#shared/models/token.ts";
import { BackUpKeyDialog } from "./BackUpKeyDialog.tsx";
import { CertificateDialog } from "./CertificateDialog.tsx";
import { CertificateRequestDialog } from "./CertificateRequestDialog.tsx";
import { DeleteObjectDialog } from "./DeleteObjectDialog.tsx";
import { GenerateKeyDialog } from "./GenerateKeyDialog.tsx";
import { ImportCertificateDialog } from "./ImportCertificateDialog.tsx";
import { ObjectDetails } from "./ObjectDetails.tsx";
import { ObjectPublicKeyDialog } from "./ObjectPublicKeyDialog.tsx";
import type { ObjectFamily } from "./object-families.ts";
import { RenameObjectDialog } from "./RenameObjectDialog.tsx";
import { RestoreKeyDialog } from "./RestoreKeyDialog.tsx";
import { SignDialog } from "./SignDialog.tsx";
import { TransferKeyDialog } from "./TransferKeyDialog.tsx";

export type ObjectAct =
  | "details"
  | "publicKey"
  | "sign"
  | "request"
  | "certificate"
  | "rename"
  | "backUp"
  | "transfer"
  | "delete";

export type OpenObjectDialog =
  | { readonly act: "generate" | "importCertificate" | "restore" }
  | { readonly act: ObjectAct; readonly family: ObjectFamily; readonly object: TokenObject };

interface ObjectDialogsProps {
  readonly token: TokenView;
  readonly objects: readonly TokenObject[];
  readonly open: OpenObjectDialog | undefined;
  readonly onClose: () => void;
}

export function ObjectDialogs({ token, objects, open, onClose }: ObjectDialogsProps) {
  if (!open) return null;
  switch (open.act) {
    case "generate":
      return <GenerateKeyDialog token={token} onClose={onClose} />;
    case "importCertificate":
      return <ImportCertificateDialog token={token} onClose={onClose} />;
    case "restore":
      return <RestoreKeyDialog token={token} objects={objects} onClose={onClose} />;
    case "details":
      return <ObjectDetails family={open.family} onClose={onClose} />;
    case "publicKey":
      return <ObjectPublicKeyDialog token={token} object={open.object} onClose={onClose} />;
    case "sign":
      return <SignDialog token={token} object={open.object} onClose={onClose} />;
    case "request":
      return <CertificateRequestDialog token={token} object={open.object} onClose={onClose} />;
    case "certificate":
      return <CertificateDialog token={token} object={open.object} onClose={onClose} />;
    case "rename":
      return <RenameObjectDialog token={token} object={open.object} onClose={onClose} />;
    case "backUp":
      return <BackUpKeyDialog token={token} object={open.object} objects={objects} onClose={onClose} />;
    case "transfer":
      return <TransferKeyDialog token={token} object={open.object} onClose={onClose} />;
    case "delete":
      return <DeleteObjectDialog token={token} family={open.family} object={open.object} onClose={onClose} />;
    default:
      return open satisfies never;
  }
}
