export interface FetchExecutorOptions {
  recipe: string;
  offline?: boolean;
}
