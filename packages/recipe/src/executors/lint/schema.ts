export interface LintExecutorOptions {
  folder?: string;
  json?: boolean;
  strict?: boolean;
}
