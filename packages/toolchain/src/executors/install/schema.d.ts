export interface InstallExecutorSchema {
  provider?: 'path' | 'archive' | 'rustup' | 'source';
  path?: string;
  archive?: string;
  stable?: string;
  source?: string;
}
