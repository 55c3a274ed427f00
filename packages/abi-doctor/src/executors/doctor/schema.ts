export interface DoctorExecutorOptions {
  recipes?: string[];
  kernel?: string;
  fix?: boolean;
  json?: boolean;
}
