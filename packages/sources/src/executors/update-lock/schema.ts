export interface UpdateLockExecutorOptions {
  recipe: string;
  keep?: boolean;
  sharedBy?: string[];
}
