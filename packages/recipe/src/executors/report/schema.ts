export interface ReportExecutorOptions {
  problems: string[];
}
