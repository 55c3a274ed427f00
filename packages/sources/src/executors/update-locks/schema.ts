export interface UpdateLocksExecutorOptions {
  folder?: string;
  missing?: boolean;
  keep?: boolean;
}
