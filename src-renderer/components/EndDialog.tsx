import { Alert, Button } from "antd";
import { Dialog } from "./Dialog.tsx";

interface EndDialogProps {
  readonly title: string;
  /** What is lost by it. */
  readonly text: string;
  readonly stayText: string;
  readonly okText: string;
  readonly pending?: boolean;
  readonly onStay: () => void;
  readonly onEnd: () => void;
}

/** Asks before something that is under way ends. The safe button has the focus. */
export function EndDialog({ title, text, stayText, okText, pending = false, onStay, onEnd }: EndDialogProps) {
  return (
    <Dialog
      title={title}
      onCancel={onStay}
      footer={[
        <Button key="stay" type="primary" autoFocus onClick={onStay}>
          {stayText}
        </Button>,
        <Button key="end" danger loading={pending} onClick={onEnd}>
          {okText}
        </Button>,
      ]}
    >
      <Alert type="warning" showIcon title={text} />
    </Dialog>
  );
}
