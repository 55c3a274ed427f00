export interface FetchExecutorOptions {
  recipe: string;
  offline?: boolean;
  asIs?: boolean;
}
