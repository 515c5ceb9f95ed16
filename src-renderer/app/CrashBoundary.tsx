import { Button, Result, Typography } from "antd";
import { Component, type PropsWithChildren } from "react";
import { useTranslation } from "react-i18next";

interface CrashState {
  readonly error: unknown;
}

/** A fault in the console stops one part of it, says so, and offers a way on. React wants a class for this. */
export class CrashBoundary extends Component<PropsWithChildren, CrashState> {
  override readonly state: CrashState = { error: undefined };

  static getDerivedStateFromError(error: unknown): CrashState {
    return { error };
  }

  override render() {
    if (this.state.error === undefined) return this.props.children;
    return <CrashScreen error={this.state.error} onReload={() => this.setState({ error: undefined })} />;
  }
}

export function CrashScreen({ error, onReload }: { readonly error: unknown; readonly onReload: () => void }) {
  const { t } = useTranslation();
  return (
    <Result
      status="error"
      title={t("app.crash.title")}
      subTitle={t("app.crash.text")}
      extra={
        <Button type="primary" onClick={onReload}>
          {t("app.crash.reload")}
        </Button>
      }
    >
      {/* The name of the fault only: a message could hold what a page was showing. */}
      <Typography.Text code>{error instanceof Error ? error.name : "Error"}</Typography.Text>
    </Result>
  );
}
