export interface InstallExecutorSchema {
  rust?: string;
  provider?: 'path' | 'archive' | 'package' | 'rustup' | 'source';
  path?: string;
  archive?: string;
  sha256?: string;
  stable?: string;
  source?: string;
}
