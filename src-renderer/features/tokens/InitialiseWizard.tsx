import { Alert, Button, Card, Flex, Form, Spin, Steps } from "antd";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Result } from "#shared/contract/index.ts";
import type { TokenView } from "#shared/models/token.ts";
import { useClient } from "../../app/bridge-context.ts";
import { useConfirming } from "../../app/confirmation.ts";
import { useAction } from "../../app/use-action.ts";
import { ErrorPanel } from "../../components/ErrorPanel.tsx";
import { judgeFields } from "../../components/judge-fields.ts";
import { LeaveGuard } from "../../components/LeaveGuard.tsx";
import { ConfirmStep, FormStep, type InitialiseForm, LookStep, PIN_FIELDS } from "./InitialiseForms.tsx";
import { InitialiseResult } from "./InitialiseResult.tsx";
import { incompleteSteps } from "./incomplete-steps.ts";
import { confirmWord } from "./token-state.ts";

const FIELDS: readonly (readonly (keyof InitialiseForm)[])[] = [
  [],
  ["label", "soPin", "soPinAgain", "userPin", "userPinAgain"],
  ["confirm"],
];
const LOOK = 0;
const FORM = 1;
const CONFIRM = 2;
const RUN = 3;

interface InitialiseWizardProps {
  /** As it was when the wizard was opened. */
  readonly subject: TokenView;
  /** As it is now; `undefined` when it is not in. */
  readonly now: TokenView | undefined;
  readonly onAgain: () => void;
}

/** What is on it, label and PINs, the typed word, the run with its proofs. Until the run nothing on the token changes. */
export function InitialiseWizard({ subject, now, onAgain }: InitialiseWizardProps) {
  const { t } = useTranslation();
  const client = useClient();
  const [form] = Form.useForm<InitialiseForm>();
  const [step, setStep] = useState(LOOK);
  const [done, setDone] = useState<Result<"tokens", "initialize">>();
  const initialise = useAction(client.tokens.initialize, ["tokens", "keypairs"]);
  const confirming = useConfirming();
  const failedSteps = incompleteSteps(initialise.error);
  const word = confirmWord(subject);
  const soLocked = subject.initialized && now?.soPin.state === "locked";
  const blocked = !now || soLocked || subject.protectedPath || subject.writeProtected;

  const run = async () => {
    const { label, soPin, userPin } = form.getFieldsValue(true) as InitialiseForm;
    // Sent once: whatever comes back, the PINs are typed anew.
    form.resetFields([...PIN_FIELDS, "confirm"]);
    setStep(RUN);
    const result = await initialise.run({ id: subject.id, label, soPin, userPin, confirm: word });
    if (result) setDone(result);
    // A refusal before anything was touched, or the officer turned back: the form is shown again, without the PINs.
    else setStep((before) => (before === RUN ? FORM : before));
  };
  const next = async () => {
    if (!(await judgeFields(form, FIELDS[step] ?? []))) return;
    initialise.clear();
    if (step === CONFIRM) await run();
    else setStep(step + 1);
  };
  const back = () => {
    form.resetFields(["confirm"]);
    setStep(step - 1);
  };
  // All steps stay in the form, so that going back loses nothing; only the present one is shown and reachable.
  const shown = (index: number) => ({ hidden: step !== index });
  const steps = (
    <Steps
      size="small"
      current={failedSteps ? RUN : step}
      {...(failedSteps ? { status: "error" as const } : {})}
      items={[
        { title: t("tokens.initialise.stepNames.look") },
        { title: t("tokens.initialise.stepNames.form") },
        { title: t("tokens.initialise.stepNames.confirm") },
        { title: t("tokens.initialise.stepNames.run") },
      ]}
    />
  );
  if (done || failedSteps) {
    return (
      <Card style={{ maxWidth: 820 }}>
        <Flex vertical gap={16}>
          {steps}
          <InitialiseResult done={done} failedSteps={failedSteps} error={initialise.error} onAgain={onAgain} />
        </Flex>
      </Card>
    );
  }
  return (
    <Card style={{ maxWidth: 820 }}>
      <Flex vertical gap={16}>
        {step === RUN && !confirming && (
          <LeaveGuard
            title={t("tokens.initialise.leaveTitle")}
            text={t("tokens.initialise.leaveText")}
            okText={t("tokens.initialise.leaveOk")}
          />
        )}
        {steps}
        {!now && step !== RUN && <Alert type="warning" showIcon title={t("tokens.initialise.pulled")} />}
        <Form
          form={form}
          layout="vertical"
          requiredMark={false}
          initialValues={{ label: "" }}
          onSubmitCapture={(event) => {
            // Only the present step is judged: the form's own handler would judge all of them.
            event.preventDefault();
            event.stopPropagation();
            if (!blocked) void next();
          }}
          aria-label={t("tokens.actions.initialise")}
        >
          <div {...shown(LOOK)}>
            <LookStep token={now ?? subject} fresh={!subject.initialized} soLocked={soLocked} />
          </div>
          <div {...shown(FORM)}>{step >= FORM && <FormStep token={now ?? subject} fresh={!subject.initialized} />}</div>
          <div {...shown(CONFIRM)}>{step === CONFIRM && <ConfirmStep word={word} fresh={!subject.initialized} />}</div>
          <div {...shown(RUN)}>
            <Flex vertical align="center" style={{ padding: 32 }} role="status">
              {/* Until it is confirmed nothing runs, and the token may be pulled out. */}
              {confirming ? t("tokens.initialise.confirming") : <Spin description={t("tokens.initialise.running")} />}
            </Flex>
          </div>
          {step !== RUN && (
            <Flex vertical gap={12}>
              <ErrorPanel error={initialise.error} />
              <Flex justify="space-between">
                <Button disabled={step === LOOK} onClick={back}>
                  {t("common.back")}
                </Button>
                <Button
                  type="primary"
                  htmlType="submit"
                  danger={step === CONFIRM && subject.initialized}
                  disabled={blocked}
                >
                  {step !== CONFIRM
                    ? t("common.next")
                    : t(subject.initialized ? "tokens.initialise.okAnew" : "tokens.initialise.okFresh")}
                </Button>
              </Flex>
            </Flex>
          )}
        </Form>
      </Flex>
    </Card>
  );
}
