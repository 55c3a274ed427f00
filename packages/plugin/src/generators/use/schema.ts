export interface UseGeneratorSchema {
  system: string;
  only?: boolean;
  skipFormat?: boolean;
}
