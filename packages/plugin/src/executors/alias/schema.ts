export interface AliasExecutorSchema {
  target: string;
}
