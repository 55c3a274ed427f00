import type { ComponentKind } from './init-script';

export interface RecipeGeneratorSchema {
  name: string;
  kind?: ComponentKind;
  system?: string;
  description?: string;
  git?: string;
  rev?: string;
  branch?: string;
  package?: string;
  marker?: string;
  skipFormat?: boolean;
}
