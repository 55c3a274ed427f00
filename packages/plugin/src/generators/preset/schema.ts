export interface PresetGeneratorSchema {
  name: string;
  system?: string;
  skipFormat?: boolean;
}
