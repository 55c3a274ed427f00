export interface FetchExecutorOptions {
  recipe: string;
}
